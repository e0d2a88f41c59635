import { mkdirSync } from 'node:fs';
import { expect } from 'vitest';
import { JUDGES } from '../../../src/release/judges.ts';
import { type Manifest, parseManifest } from '../../../src/release/manifest.ts';
import { release } from '../../support/release-cli.ts';
import { REASON, seen } from './settled.ts';
import { type RollStage, ZONE } from './stage.ts';

/** All four judges, who see signatures that are good at the time of this machine, too. */
export const JUDGED = (text: string): string =>
  text
    .replace('judges: []\n  agree: 0', `judges: [${JUDGES.join(', ')}]\n  agree: 3`)
    .replace(/policies:\n {2}default:\n/, '$&    inception-offset: 200d\n')
    .concat('\npeople:\n  alice: { name: Alice }\n  bob: { name: Bob }\n');

const APPLY = (vkey: string): string => `format: 1
keys: ["${vkey}"]
state: applied
practice: true
servers:
  - kind: nsd
    zone-dir: served
    reload: ["true"]
    check: none
`;

/** The other side of a workspace: it has verified and applied each release so far, in their order. */
export class Follower {
  readonly #stage: RollStage;
  readonly #applied = new Set<number>();
  /** What each release has said, oldest first: see {@link phaseOf}. */
  readonly phases: string[] = [];
  /** `kzonecheck abstain` and the like, of all releases. */
  readonly abstained = new Set<string>();
  manifest: Manifest | undefined;

  constructor(stage: RollStage) {
    this.#stage = stage;
    const vkey = stage.workspace.read('audit', 'vkeys').trim().split('\n').at(-1)!;
    mkdirSync(stage.workspace.path('served'));
    stage.workspace.write('apply.yaml', APPLY(vkey));
    stage.workspace.write('vkey', `${vkey}\n`);
  }

  /** The newest release, if it was not here yet. */
  async take(...accept: readonly string[]): Promise<void> {
    const { workspace, serial } = this.#stage;
    if (this.#applied.has(serial)) return;
    this.#applied.add(serial);
    const folder = workspace.path('releases', 'example', `${serial}`);
    this.manifest = parseManifest(workspace.read('releases', 'example', `${serial}`, 'MANIFEST').split('\n\n')[0]!.concat('\n'));
    const isSigned = this.manifest.kind === 'zone';
    this.#expectJudged(isSigned);
    const verified = await release('verify', folder, '--key', workspace.path('vkey'), '--judges', 'all', '--practice');
    expect(verified).toMatch(/serial \d+: good\n$/);
    expect(verified.match(/^ {2}expected {6}.+: meant, /gm) ?? []).toHaveLength(this.manifest.expected.length);
    const lines = [...verified.matchAll(/^ {2}judge {9}(\S+) \S+: (\w+)(.*)$/gm)];
    for (const [, , verdict, why] of lines)
      expect(why).toMatch(verdict === 'abstain' ? /^; it .*; its complaint was: / : /^(; it was asked with .*)?$/);
    const said = lines.map(([, name, verdict]) => `${name} ${verdict}`);
    expect(said).toHaveLength(isSigned ? JUDGES.length : 2);
    this.#tellAbstentions(said);
    const applied = await release('apply', folder, '--config', workspace.path('apply.yaml'), ...accept);
    expect(applied).toMatch(/: applied/);
    if (isSigned) this.phases.push(phaseOf(this.#stage, this.manifest));
  }

  /** The gate of the signing side: all judges were asked, and none has rejected. */
  #expectJudged(isSigned: boolean): void {
    const said = this.manifest!.judges.filter(({ name }) => name !== 'coldsign-verifier').map(({ name, verdict }) => `${name} ${verdict}`);
    expect(said.map((text) => text.split(' ')[0])).toEqual(isSigned ? [...JUDGES] : ['named-checkzone', 'kzonecheck']);
    this.#tellAbstentions(said);
  }

  #tellAbstentions(said: readonly string[]): void {
    for (const text of said) {
      if (text.endsWith(' accept')) continue;
      expect(text).toMatch(/ abstain$/);
      this.abstained.add(text);
    }
  }
}

/**
 * A way to change the keys, and what each of its releases has to be: see {@link phaseOf}. Without CDS where the parent has what it was asked for. Last: which judges abstained.
 */
export type Way = readonly [what: string, start: readonly string[], phases: readonly string[], abstained: string];

/** From `roll start` to the end of the rollover, each release taken by the other side. @returns what each has said */
export async function rolled(stage: RollStage, start: readonly string[], days = 2): Promise<Follower> {
  const follower = new Follower(stage);
  await follower.take();
  follower.phases.length = 0;
  await stage.must('roll', 'start', '--zone', ZONE, ...start, ...REASON);
  await toItsEnd(stage, follower, days);
  return follower;
}

export async function toItsEnd(stage: RollStage, follower: Follower, days = 2): Promise<void> {
  await stage.must('roll', 'advance', '--zone', ZONE);
  await follower.take();
  for (let i = 0; stage.roll.roll !== undefined; i++) {
    if (i === 12) throw new Error(`no end: ${stage.vectors.join()}\n${(await stage.must('roll', 'status')).out}`);
    await seen(stage, days);
    await follower.take('--accept-unsigned');
  }
}

/**
 * `k1 z1 z2 | k1 | z1 | k2`: the DNSKEY RRset, who signs it, who signs the SOA, what CDS ask for. Keys by role in the order in which they were made;
 * `k1!` is revoked, `other-k1` another operator's.
 */
function phaseOf(stage: RollStage, { keys }: Manifest): string {
  const counts = new Map<string, number>();
  const names = new Map<number, string>();
  for (const { role, keyTag, operator } of stage.roll.keys) {
    const letter = `${operator === 'self' ? '' : 'other-'}${role[0]}`;
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
    names.set(keyTag, `${letter}${counts.get(letter)}`);
  }
  const call = (tag: number): string => names.get(tag) ?? (names.has(tag - REVOKE) ? `${names.get(tag - REVOKE)}!` : `?${tag}`);
  const calls = (tags: readonly number[]): string => [...new Set(tags)].map(call).sort().join(' ') || '-';
  const text = stage.zoneFile();
  const tagsOf = (pattern: RegExp): readonly number[] => [...text.matchAll(pattern)].map(([, tag]) => Number(tag));
  const signers = (type: string): string => calls(tagsOf(new RegExp(`\\sRRSIG\\s+${type} \\d+ \\d+ \\d+ \\d+ \\d+ (\\d+) `, 'g')));
  const cds = /\sCDS\s+0 0 0 00/.test(text) ? 'delete' : calls(tagsOf(/\sIN\s+CDS\s+(\d+) /g));
  return [calls(keys.map(({ tag }) => tag)), signers('DNSKEY'), signers('SOA'), cds].join(' | ');
}

const REVOKE = 128;
