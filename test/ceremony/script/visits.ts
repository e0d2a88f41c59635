import { closeSync, openSync, renameSync } from 'node:fs';
import { parseName } from '../../../signer/dns/name.ts';
import { dsRdata } from '../../../signer/dnssec/dnskey.ts';
import type { CeremonyLeader, LeaderOptions } from '../../../src/ceremony/leader.ts';
import { expandScript } from '../../../src/ceremony/script/expand.ts';
import { isoText } from '../../../src/config/time-text.ts';
import type { Io } from '../../../src/io.ts';
import { main } from '../../../src/main.ts';
import { makeProgram } from '../../../src/program.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { Stage, silent } from '../leader/stage.ts';

export const HOUR = 3600;
export const DAY = 24 * HOUR;
const ZONE = 'example.';
const PASSPHRASE = 'a passphrase of several words';

/** Steps of every script that change nothing of a rollover, and take their time. */
const BESIDES = new Set(['export', 'outlook']);

/** One way through the visits of a rollover: the clock goes on with each act, and what the world gives out comes in as files. */
export class Visits implements AsyncDisposable {
  readonly stage: Stage;
  now: number;
  /** Id of the last one that was held. */
  ceremony = '';
  #files = 0;

  private constructor(stage: Stage, now: number) {
    this.stage = stage;
    this.now = now;
    stage.workspace.write('passphrase', PASSPHRASE);
  }

  /** @param world `signed`: the zone is signed, the parent has its DS, and no rollover is under way */
  static async begin(world: 'new' | 'signed'): Promise<Visits> {
    const visits = new Visits(await Stage.make(), Math.floor(Date.now() / 1000) + DAY);
    if (world === 'new') return visits;
    await visits.must('zone', 'sign', ZONE);
    await visits.must('evidence', 'import', visits.zoneSeen());
    visits.now += DAY;
    await visits.must('roll', 'advance', '--all');
    const tag = visits.tag('ksk', 'first');
    await visits.must('ds', 'submit', ZONE, '--key', tag);
    await visits.must('evidence', 'import', visits.parentSeen(tag));
    visits.now += 3 * DAY;
    await visits.must('roll', 'advance', '--all');
    return visits;
  }

  /** The same world, in which things can go on in another way. */
  copy(): Visits {
    return new Visits(this.stage.copy(), this.now);
  }

  /** A script from its first step to its end. @returns what its commands printed, by step; of the last visit of that script */
  async hold(script: string, values: Readonly<Record<string, string | readonly string[]>>): Promise<Record<string, string>> {
    const file = await this.fill(script, values);
    await using leader = await this.open(file);
    const told = await this.lead(leader);
    await leader.end();
    this.ceremony = leader.id;
    return told;
  }

  /** The commands of a script alone, without its people: what comes between the visits that are looked at. */
  async commands(script: string, values: Readonly<Record<string, string | readonly string[]>>): Promise<Record<string, string>> {
    const told: Record<string, string> = {};
    for (const { id, do: act } of expandScript(this.stage.script(await this.fill(script, values)))) {
      if (act.kind !== 'command' || BESIDES.has(id)) continue;
      this.#told = '';
      const { dir } = this.stage.workspace;
      const now = optionsOf(act.argv).has('--now') ? this.time() : [];
      const status = await this.run([...act.argv, '--dir', dir, ...now], silent());
      if (status !== 0) throw new Error(`${id}: ${this.#told}`);
      told[id] = this.#told;
    }
    return told;
  }

  /** @returns file of the filled script */
  async fill(script: string, values: Readonly<Record<string, string | readonly string[]>>): Promise<string> {
    const { workspace } = this.stage;
    const all: Readonly<Record<string, string | readonly string[]>> = { export: workspace.path(`export-${++this.#files}.tar`), ...values };
    const set = Object.entries(all).flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value.length === 0 ? [''] : value).flatMap((one) => ['--set', `${name}=${one}`]),
    );
    this.#paper = this.stage.paper();
    const file = workspace.path(`script-${this.#files}`);
    renameSync(await this.stage.fill(script, ...set), file);
    return file;
  }

  #paper = '';

  open(file: string, change: Partial<LeaderOptions> = {}): Promise<CeremonyLeader> {
    return this.stage.open(file, { clock: () => this.#tick(), nowGiven: true, run: (argv, io) => this.run(argv, io), ...change });
  }

  /** @param until id of the step before which it stops */
  async lead(leader: CeremonyLeader, until?: string): Promise<Record<string, string>> {
    const told: Record<string, string> = {};
    for (let { current } = leader.progress(); current !== undefined && current.id !== until; { current } = leader.progress()) {
      this.#told = '';
      try {
        await this.stage.step(leader, this.#paper);
      } catch (error) {
        throw new Error(`${current.id}: ${String(error)}\n${this.#told}`);
      }
      told[current.id] = this.#told;
    }
    return told;
  }

  #told = '';

  /** People type passphrase and shares; here they come from files. */
  async run(argv: readonly string[], io: Io): Promise<number> {
    const write = (text: string | Uint8Array): boolean => {
      this.#told += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    };
    const heard: Io = { ...io, out: { write }, err: { write } as unknown as NodeJS.WriteStream };
    const passphrase = argv[0] === 'key' && ['backup', 'drill'].includes(argv[1]!) && !argv.includes('--show');
    const fd = passphrase ? openSync(this.stage.workspace.path('passphrase'), 'r') : undefined;
    try {
      return await main([...argv, ...(fd === undefined ? [] : ['--passphrase-fd', `${fd}`]), ...this.more(argv)], heard);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** What people type besides, as options. */
  more: (argv: readonly string[]) => readonly string[] = () => [];

  /** A command outside of ceremonies. */
  async must(...args: readonly string[]): Promise<string> {
    return (await this.stage.workspace.must(...args, ...this.time())).out;
  }

  #looked = Date.now();

  /** A second later, and what the command before has really taken: entries of the log have the time that a command takes, too. */
  #tick(): number {
    const before = this.#looked;
    this.#looked = Date.now();
    this.now += 1 + Math.ceil((this.#looked - before) / 1000);
    return this.now;
  }

  /** A minute later than before. */
  time(): readonly string[] {
    this.now += 59;
    return ['--now', isoText(this.#tick())];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stage[Symbol.dispose]();
  }

  /** What the verifier of exports says of all until now. */
  async verdict(...more: readonly string[]): Promise<string> {
    const file = this.stage.workspace.path('whole.tar');
    await this.must('audit', 'export', file, ...more);
    const { status, out, err } = await this.stage.verify(file);
    return status === 0 ? 'verified' : `${out}${err}`;
  }

  get keys() {
    return readWorkspace(this.stage.workspace.dir).state.zones[ZONE]!.keys;
  }

  tag(role: 'ksk' | 'zsk', which: 'first' | 'last'): string {
    return `${this.keys.filter((key) => key.role === role).at(which === 'first' ? 0 : -1)!.keyTag}`;
  }

  get serial(): number {
    return Math.max(...readWorkspace(this.stage.workspace.dir).state.zones[ZONE]!.releases.map(({ serial }) => serial));
  }

  /** What both servers of the zone answer now: the newest release. @returns file with it */
  zoneSeen(): string {
    const servers = [1, 2].map((i) => ({ name: `ns${i}.example.`, address: `192.0.2.${i}`, serial: this.serial }));
    return this.#evidence({ kind: 'zone', servers });
  }

  /** What both servers of the parent answer now. @param tags of keys whose DS they give out */
  parentSeen(...tags: readonly string[]): string {
    const ds = this.keys
      .filter(({ role, keyTag }) => role === 'ksk' && tags.includes(`${keyTag}`))
      .map(({ keyTag, algorithm, dnskey }) => {
        const rdata = dsRdata(parseName(ZONE), Buffer.from(dnskey, 'base64'), 2);
        return { keyTag, algorithm, digestType: 2, digest: Buffer.from(rdata.subarray(4)).toString('hex') };
      });
    const servers = [1, 2].map((i) => ({ name: `p${i}.`, address: `192.0.2.10${i}`, ttl: DAY, ds }));
    return this.#evidence({ kind: 'ds', servers });
  }

  #evidence(body: object): string {
    return this.stage.workspace.write(
      `evidence-${++this.#files}.json`,
      JSON.stringify({ format: 1, zone: ZONE, observed: isoText(this.#tick()), ...body }),
    );
  }
}

const program = makeProgram(silent(), () => {});

function optionsOf([noun, verb]: readonly string[]): ReadonlySet<string> {
  const named = program.commands.find((one) => one.name() === noun);
  const command = named?.commands.find((one) => one.name() === verb) ?? named;
  return new Set(command?.options.flatMap(({ long }) => long ?? []));
}
