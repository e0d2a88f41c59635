import type { ZoneRoll } from '../../../keystore/rollover/model.ts';
import type { RollPlan } from '../../../keystore/rollover/plan/types.ts';
import { isoText } from '../../../src/config/time-text.ts';
import { zoneFileName } from '../../../src/release/zone-file-name.ts';
import { zoneRollOf } from '../../../src/rollover/zone-roll.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import type { CliResult } from '../../support/cli.ts';
import { makeTestWorkspace, type TestWorkspace } from '../../support/workspace.ts';
import { ShiftedLab } from '../lab/shifted-lab.ts';
import { type KeySets, plannedSets, recordedSets } from './key-sets.ts';
import { type DsFields, dsFields, Parent } from './parent.ts';
import { type Observation, Witnesses } from './witnesses.ts';

export const ZONE = 'zone.example.';
export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const TTL_KEY = HOUR;
export const TTL_SIG = 2 * HOUR;
export const TTL_DS = DAY;

/** Unsigned. */
export const zoneText = (serial: number): string => `$TTL ${TTL_SIG}
${ZONE} IN SOA ns.${ZONE} hostmaster.${ZONE} ${serial} 7200 900 86400 1800
${ZONE} IN NS ns.${ZONE}
ns.${ZONE} IN A 127.0.0.1
*.any.${ZONE} IN A 192.0.2.1
`;

const ALL_JUDGES = 'judges: [named-checkzone, dnssec-verify, ldns-verify-zone, kzonecheck]\n  agree: 4 ';
export const NO_JUDGES = 'judges: []\n  agree: 0 ';
/** dnssec-verify knows only the clock of the machine. */
export const THREE_JUDGES = 'judges: [named-checkzone, ldns-verify-zone, kzonecheck]\n  agree: 3 ';

/** Between two commands, seconds. */
const COMMAND = 60;

/** What is done at a visit, as planned or as it happened. */
export interface Step {
  readonly at: number;
  readonly after: KeySets;
}

/**
 * A zone and its signing side, its name servers and its parent, and resolvers that watch it, through time. What is released is served, and what
 * the parent is asked for is done, in the second in which it is made; what the signing side knows of it comes in files of evidence.
 */
export class Life implements AsyncDisposable {
  readonly workspace: TestWorkspace;
  readonly lab: ShiftedLab;
  readonly #parent: Parent;
  readonly #witnesses: Witnesses;
  readonly #seen: Observation[] = [];
  #files = 0;
  #serial = 1;
  #wrote = 0;
  #visited = 0;
  #parentHas: readonly string[] = [];
  /** When zone or parent last changed; resolvers look at it at the moments that matter until the next change. */
  #changed: number;

  private constructor(workspace: TestWorkspace, lab: ShiftedLab, parent: Parent, witnesses: Witnesses) {
    this.workspace = workspace;
    this.lab = lab;
    this.#parent = parent;
    this.#witnesses = witnesses;
    this.#changed = lab.now;
  }

  /**
   * The zone is served unsigned, and resolvers may have it so. No judge is asked until the configuration names some: they cost time.
   * @param policy lines of the policy, besides its algorithm, which is 8
   */
  static async begin(policy: readonly string[]): Promise<Life> {
    const workspace = await makeTestWorkspace({
      practice: true,
      zones: { [ZONE]: zoneText(1) },
      config: (text) =>
        text
          .replace(/^ {4}ceremony-.*\n/gm, '')
          .replace('algorithm: 13 ', 'algorithm: 8 ')
          .replace(ALL_JUDGES, NO_JUDGES)
          .replace('signatures-validity: auto', policy.join('\n    ')),
    });
    // Behind what the log has from the making of the workspace.
    const start = Math.floor(Date.now() / 1000) + DAY;
    const parent = new Parent('example.', ZONE, TTL_DS, start);
    const lab = await ShiftedLab.start({ start, parent: parent.zone, child: ZONE, trustAnchor: parent.trustAnchor });
    await lab.loadParent(parent.withDs([]));
    await lab.loadChild(zoneText(1));
    return new Life(workspace, lab, parent, await Witnesses.start(lab, ZONE, TTL_SIG));
  }

  get now(): number {
    return this.lab.now;
  }

  /** Time of the last visit. */
  get visited(): number {
    return this.#visited;
  }

  get roll(): ZoneRoll {
    return zoneRollOf(readWorkspace(this.workspace.dir).state, ZONE);
  }

  get sets(): KeySets {
    return recordedSets(this.roll, readWorkspace(this.workspace.dir).state, ZONE);
  }

  /** DS records that the parent has, in presentation form. */
  get parentHas(): readonly string[] {
    return this.#parentHas;
  }

  /** A command that writes. One of them comes a minute after the other: the log has the time that a command takes, too. */
  must(...args: readonly string[]): Promise<CliResult> {
    this.#wrote = Math.max(this.now, this.#wrote + COMMAND);
    return this.workspace.must(...args, '--now', isoText(this.#wrote));
  }

  /** A command that only reads. */
  read(now: number, ...args: readonly string[]): Promise<CliResult> {
    return this.workspace.must(...args, '--zone', ZONE, '--now', isoText(now));
  }

  /** The clock goes on to `at`; nothing changes until then. */
  async moveTo(at: number): Promise<void> {
    await this.#lookUntil(at);
    this.lab.moveTo(at);
  }

  /** With what the signing side has noted until now, for visits from `now` on. */
  async plan(now: number, until: number): Promise<RollPlan> {
    const { out } = await this.read(now, 'plan', 'show', '--until', isoText(until), '--json');
    return (JSON.parse(out) as { readonly plans: readonly { readonly plan: RollPlan }[] }).plans[0]!.plan;
  }

  /** As it is planned now: steps that change something, or that end a rollover. */
  async planned(now: number, until: number): Promise<readonly Step[]> {
    const plan = await this.plan(now, until);
    const { state } = readWorkspace(this.workspace.dir);
    return plan.steps
      .filter(({ kind }) => kind !== 'generate')
      .map(({ at, after }) => ({ at, after: plannedSets(plan, after, state, ZONE) }));
  }

  /**
   * What is done at one visit. Resolvers look at what there was until then, caches are filled in the second before, and what is new is served.
   * @returns the record sets that the visit has made
   */
  async visit(at: number, act: () => Promise<unknown>): Promise<KeySets> {
    await this.#lookUntil(at - 1);
    this.lab.moveTo(at - 1);
    this.#seen.push(...(await this.#witnesses.before()));
    this.lab.moveTo(at);
    await act();
    const { sets } = this;
    await this.#serve();
    this.#seen.push(...(await this.#witnesses.look()));
    // unbound uses what has a TTL of n in the second n too; in the next one it asks.
    this.lab.moveTo(at + 1);
    this.#seen.push(...(await this.#witnesses.look()));
    this.#visited = at;
    return sets;
  }

  /** Resolvers look while caches hold what was there before the last change, each time in the last second in which they do. */
  async #lookUntil(end: number): Promise<void> {
    for (const ttl of [TTL_KEY, TTL_SIG, TTL_DS]) {
      const at = this.#changed + ttl - 1;
      if (at <= this.now || at >= end) continue;
      this.lab.moveTo(at);
      this.#seen.push(...(await this.#witnesses.look()));
    }
  }

  /** What resolvers have said since the last call. */
  takeSeen(): readonly Observation[] {
    return this.#seen.splice(0);
  }

  /** What a resolver says that knows nothing yet. */
  fresh(): Promise<readonly Observation[]> {
    return this.#witnesses.fresh();
  }

  async serveDs(lines: readonly string[]): Promise<void> {
    await this.lab.loadParent(this.#parent.withDs(lines));
    this.#parentHas = lines;
    this.#changed = this.now;
  }

  /** @param zoneText a version with a serial that is ahead */
  async serveZone(zoneText: string): Promise<void> {
    await this.lab.loadChild(zoneText);
    this.#changed = this.now;
  }

  #releasedZone(serial: number): string {
    const { kind } = readWorkspace(this.workspace.dir).state.zones[ZONE]!.releases.at(-1)!;
    return this.workspace.read('releases', ZONE.replace(/\.$/, ''), `${serial}`, zoneFileName(kind === undefined ? {} : { kind }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
    this.workspace[Symbol.dispose]();
  }

  /** What is new: the zone on its server, the DS set at the parent, and evidence of both. */
  async #serve(): Promise<void> {
    const { serial } = this.roll.versions.at(-1)!;
    const files: string[] = [];
    if (serial !== this.#serial) {
      await this.serveZone(this.#releasedZone(serial));
      this.#serial = serial;
      files.push(this.#evidence('zone', { name: `ns.${ZONE}`, address: '127.0.0.1', serial }));
    }
    const lines = await this.#toHandIn();
    if (lines !== undefined) {
      await this.#submit(dsFields(this.#parentHas), dsFields(lines));
      await this.serveDs(lines);
      files.push(this.#evidence('ds', { name: 'ns.example.', address: '127.0.0.2', ttl: TTL_DS, ds: dsFields(lines) }));
    }
    if (files.length > 0) await this.must('evidence', 'import', ...files);
  }

  /** What is new, as an operator tells it: refused where the rules do not allow it. */
  async #submit(before: readonly DsFields[], after: readonly DsFields[]): Promise<void> {
    const added = after.filter(({ digest }) => !before.some((one) => one.digest === digest));
    for (const { keyTag } of added) await this.must('ds', 'submit', ZONE, '--key', `${keyTag}`);
  }

  /** DS records, exactly as they are to be handed in; undefined: the parent has them. */
  async #toHandIn(): Promise<readonly string[] | undefined> {
    if (this.roll.parent.request === undefined) return undefined;
    const { out } = await this.workspace.must('ds', 'export', ZONE);
    const lines = out.split('\n').filter((line) => line.includes(' DS '));
    return lines.join() === this.#parentHas.join() ? undefined : lines;
  }

  #evidence(kind: 'zone' | 'ds', server: object): string {
    this.#files += 1;
    const body = { format: 1, kind, zone: ZONE, observed: isoText(this.now), servers: [server] };
    return this.workspace.write(`evidence-${this.#files}.json`, JSON.stringify(body));
  }
}
