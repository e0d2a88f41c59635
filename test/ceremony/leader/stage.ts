import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signNote } from '../../../src/audit/note.ts';
import type { NoteSigner } from '../../../src/audit/note-key.ts';
import { printVkey, vkeyOf } from '../../../src/audit/vkey.ts';
import { hashWords } from '../../../src/audit/words.ts';
import type { StepInput } from '../../../src/ceremony/carry-out.ts';
import { CeremonyLeader, type LeaderOptions } from '../../../src/ceremony/leader.ts';
import { parseScript } from '../../../src/ceremony/script/parse-script.ts';
import type { Script } from '../../../src/ceremony/script/script.ts';
import type { Io } from '../../../src/io.ts';
import { main } from '../../../src/main.ts';
import { makeProgram } from '../../../src/program.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import type { CliResult } from '../../support/cli.ts';
import { EXAMPLE_ZONE, inProcess, makeTestWorkspace, type TestWorkspace } from '../../support/workspace.ts';

export const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;
export type Person = (typeof PEOPLE)[number];

/** The key of a person without the file that protects it: what is led here is the ceremony. @param pem PKCS #8 */
export function signerFrom(name: string, pem: string): NoteSigner {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32);
  return {
    name,
    kind: 'ed25519',
    publicKey: new Uint8Array(publicKey),
    sign: async (text) => new Uint8Array(sign(null, text, privateKey)),
  };
}

/** A practice workspace whose people have keys. Made once, copied for each test. */
export class Stage implements Disposable {
  readonly workspace: TestWorkspace;
  readonly signers: ReadonlyMap<string, NoteSigner>;
  readonly files: ReadonlyMap<string, string>;

  constructor(workspace: TestWorkspace, signers: ReadonlyMap<string, NoteSigner>, files: ReadonlyMap<string, string>) {
    this.workspace = workspace;
    this.signers = signers;
    this.files = files;
  }

  static async make(keys: 'with-keys' | 'without-keys' = 'with-keys'): Promise<Stage> {
    const made = PEOPLE.map((name) => {
      const { privateKey } = generateKeyPairSync('ed25519');
      const signer = signerFrom(name, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
      return { name, vkey: printVkey(vkeyOf(signer)), file: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), signer };
    });
    const people = made.map(({ name, vkey }) => `  ${name}: { name: ${name}, key: "${vkey}" }\n`).join('');
    const config = (text: string): string =>
      `${text.replace(/^gate:.*(\n {2}.*)*/m, 'gate: { judges: [], agree: 0 }')}\npeople:\n${people}  frank: { name: frank }\n`;
    const zones = { 'example.': EXAMPLE_ZONE };
    const workspace = await makeTestWorkspace({ practice: true, zones: keys === 'with-keys' ? zones : {}, config });
    if (keys === 'without-keys') {
      await workspace.must('zone', 'add', 'example.', '--source', workspace.write('example.zone', EXAMPLE_ZONE), '--apply');
    }
    return new Stage(
      workspace,
      new Map(made.map(({ name, signer }) => [name, signer])),
      new Map(made.map(({ name, file }) => [name, file])),
    );
  }

  copy(): Stage {
    return new Stage(this.workspace.copyTo(join(mkdtempSync(join(tmpdir(), 'coldsign-ceremony-')), 'workspace')), this.signers, this.files);
  }

  /** A filled script. */
  async fill(script: string, ...more: readonly string[]): Promise<string> {
    const file = this.workspace.path(`${script.replace(/^.*\//, '')}.filled`);
    const people = ['administrator=alice', 'witness=bob', 'custodian=carol', 'custodian=dave', 'custodian=erin'];
    await this.workspace.must('ceremony', 'new', script, '--out', file, ...people.flatMap((one) => ['--person', one]), ...more);
    return file;
  }

  /** @param change of what the ceremony runs on */
  open(file: string, change: Partial<LeaderOptions> = {}): Promise<CeremonyLeader> {
    const io = silent();
    const options: LeaderOptions = {
      file,
      dir: this.workspace.dir,
      nowGiven: false,
      program: makeProgram(io, () => {}),
      clock: () => Math.floor(Date.now() / 1000),
      clockTolerance: 60,
      run: main,
      checkMachine: () => [{ id: 'ENV-ROUTE', severity: 'pass', text: 'there is no default route' }],
      ...change,
    };
    return CeremonyLeader.open(options, io);
  }

  script(file: string): Script {
    return parseScript(readFileSync(file, 'utf8'), file, { program: makeProgram(silent(), () => {}) });
  }

  /** What the verifier of exports says of one. */
  verify(file: string): Promise<CliResult> {
    return inProcess('audit', 'verify', file);
  }

  /** As the page has it. */
  paper(): string {
    const { tree } = readWorkspace(this.workspace.dir).content;
    return `${tree.size} ${hashWords(tree.root(tree.size)).slice(0, 8).join(' ')}`;
  }

  /** All who must agree do so. */
  async agreeAll(leader: CeremonyLeader): Promise<void> {
    for (;;) {
      const { current, stage, missing } = leader.progress();
      const [first] = missing;
      if (current === undefined || stage !== 'agreeing' || first === undefined) return;
      const given = leader.progress().given.map(({ person }) => person);
      const person = leader.ceremony.people[first.role]!.find((one) => !given.includes(one))!;
      await this.agree(leader, person, first.role);
    }
  }

  async agree(leader: CeremonyLeader, person: string, role: string, typed?: string): Promise<void> {
    const confirm = leader.progress().current!.confirm!;
    const wish = { person, role, typed: typed ?? confirm.type ?? '' };
    const note = confirm.by === 'key' ? { note: await signNote(leader.statement(wish), [this.signers.get(person)!]) } : {};
    await leader.agree({ ...wish, ...note });
  }

  /** The answers that a step asks for. */
  input(leader: CeremonyLeader, paper: string): StepInput {
    const act = leader.progress().current!.do;
    if (act.kind === 'manual') return { text: 'as the script says' };
    if (act.kind === 'check' && act.what === 'clock') return { person: 'bob', witnessTime: leader.now() };
    if (act.kind === 'check' && act.what === 'continuity') return { person: 'bob', paperWords: paper };
    return {};
  }

  /** The next step, from its beginning to its end. */
  async step(leader: CeremonyLeader, paper: string): Promise<void> {
    const act = leader.progress().current!.do;
    if (act.kind === 'attendance') {
      const all = Object.entries(leader.ceremony.people).flatMap(([role, names]) =>
        names.map((person) => ({ person, role, act: 'came' as const })),
      );
      await leader.attend(all);
    }
    const { stage } = leader.progress();
    const { id } = leader.progress().current!;
    if (stage === 'to-begin' || stage === 'failed' || stage === 'interrupted') await leader.begin();
    // Its command had done its work before the program was killed.
    if (leader.progress().current?.id !== id) return;
    await this.agreeAll(leader);
    const { outcome, text } = await leader.carryOut(this.input(leader, paper));
    if (outcome !== 'done') throw new Error(`step failed: ${text}`);
  }

  [Symbol.dispose](): void {
    this.workspace[Symbol.dispose]();
  }
}

export function silent(): Io {
  const sink = { write: () => true };
  return { out: sink, err: sink as unknown as NodeJS.WriteStream };
}
