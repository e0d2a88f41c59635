import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordName, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { published } from '../../../keystore/rollover/observe.ts';
import { observeDs } from '../../../keystore/rollover/observe-ds.ts';
import { isoText } from '../../../src/config/time-text.ts';
import { changeOf } from '../../../src/rollover/roll-change.ts';
import { zoneRollOf } from '../../../src/rollover/zone-roll.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { withSession } from '../../../src/workspace/session.ts';
import { EXAMPLE_ZONE, makeTestWorkspace, type TestWorkspace } from '../../support/workspace.ts';

export const ZONE = 'example.';
export const DAY = 86_400;
/** No judges and visits at any time: what is tested here is the way of a rollover through the workspace. */
export const PLAIN = (text: string): string =>
  text
    .replace(/ {2}judges: .*\n {2}agree: .*\n/, '  judges: []\n  agree: 0\n')
    .replace('signatures-validity: auto', 'signatures-validity: 90d');

/** A practice workspace under a clock of its own, signed for the first time. */
export async function signedWorkspace(config: (text: string) => string = (text) => text): Promise<RollStage> {
  const workspace = await makeTestWorkspace({ practice: true, zones: { [ZONE]: EXAMPLE_ZONE }, config: (text) => config(PLAIN(text)) });
  const stage = new RollStage(workspace, Math.floor(Date.now() / 1000) + DAY);
  await stage.must('zone', 'sign', ZONE);
  return stage;
}

export class RollStage implements Disposable {
  readonly workspace: TestWorkspace;
  now: number;

  constructor(workspace: TestWorkspace, now: number) {
    this.workspace = workspace;
    this.now = now;
  }

  /** A minute passes with each command: entries of the log are of the time that a command takes, too. */
  run(...args: readonly string[]) {
    this.now += 60;
    return this.workspace.run(...args, '--now', isoText(this.now));
  }

  must(...args: readonly string[]) {
    this.now += 60;
    return this.workspace.must(...args, '--now', isoText(this.now));
  }

  get roll(): ZoneRoll {
    return zoneRollOf(readWorkspace(this.workspace.dir).state, ZONE);
  }

  get serial(): number {
    return this.roll.versions.at(-1)!.serial;
  }

  /** `ksk OO-O`: states of dnskey, krrsig, zrrsig and ds by their first letters, in the order of the keys. */
  get vectors(): readonly string[] {
    const letter = { hidden: 'H', rumoured: 'R', omnipresent: 'O', unretentive: 'U' } as const;
    const of = (key: ZoneRoll['keys'][number], record: RecordName): string => letter[key.records[record]?.kind ?? 'hidden'];
    return this.roll.keys.map((key) =>
      key.role === 'zsk'
        ? `zsk ${of(key, 'dnskey')}${of(key, 'zrrsig')}`
        : `${key.role} ${of(key, 'dnskey')}${of(key, 'krrsig')}${key.role === 'csk' ? of(key, 'zrrsig') : ''}${of(key, 'ds')}`,
    );
  }

  zoneFile(serial = this.serial): string {
    return this.workspace.read('releases', 'example', `${serial}`, 'zone.signed');
  }

  /** All servers serve the newest version from now on. */
  async published(): Promise<void> {
    await this.#observe(this.#newestServed);
  }

  /** All servers of the parent have this DS RRset now. */
  async dsSeen(keys: readonly string[]): Promise<void> {
    await this.#observe(this.#dsServed(keys));
  }

  /** Both, in one session. */
  async publishedWithDs(keys: readonly string[]): Promise<void> {
    await this.#observe(this.#newestServed, this.#dsServed(keys));
  }

  readonly #newestServed = (roll: ZoneRoll): ZoneRoll => published(roll, { serial: this.serial, from: this.now }).zone;

  #dsServed(keys: readonly string[]) {
    return (roll: ZoneRoll): ZoneRoll =>
      observeDs(roll, { at: this.now, agree: true, keys, ttl: DAY } as Parameters<typeof observeDs>[1]).zone;
  }

  async #observe(...views: readonly ((roll: ZoneRoll) => ZoneRoll)[]): Promise<void> {
    this.now += 60;
    const io = { out: { write: () => true }, err: { write: () => true } as unknown as NodeJS.WriteStream };
    const request = { dir: this.workspace.dir, command: 'evidence import', now: this.now, nowGiven: true };
    await withSession(request, io, async (session) => {
      for (const see of views) {
        const before = zoneRollOf(session.state, ZONE);
        const change = changeOf(before, see(before));
        session.append('zone.observed', { zone: ZONE, serial: this.serial, from: this.now, source: 'evidence', servers: 2, change });
      }
      return 0;
    });
  }

  [Symbol.dispose](): void {
    this.workspace[Symbol.dispose]();
  }
}

/** A stage that several tests of a file begin from, one after the other: each has a copy of it, at the path where it was made. */
export class StageTemplate implements Disposable {
  readonly #kept: TestWorkspace;
  readonly #dir: string;
  readonly #now: number;

  constructor(stage: RollStage) {
    this.#kept = stage.workspace.copyTo(mkdtempSync(join(tmpdir(), 'coldsign-template-')));
    this.#dir = stage.workspace.dir;
    this.#now = stage.now;
    stage[Symbol.dispose]();
  }

  begin(): RollStage {
    return new RollStage(this.#kept.copyTo(this.#dir), this.#now);
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
  }
}
