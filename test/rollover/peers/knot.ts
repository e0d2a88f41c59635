import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../src/demo/loopback.ts';
import { findProgram } from '../../../src/release/tool.ts';
import { until } from '../../support/name-servers.ts';
import { ShiftedClock } from '../clock/shifted-clock.ts';
import { ServerProcess } from '../lab/server-process.ts';
import { type KnotKey, knotActs, readKnotKeys, waitsForParent } from './knot-state.ts';
import type { PeerEvent, PeerKey, PeerPolicy } from './schedule.ts';

const HOST = '127.0.0.1';
const ZONE = 'zone.example';
/** T0 of every case. */
const T0 = Date.UTC(2027, 0, 1) / 1000;
const DAY = 86400;

/**
 * The schedule that knotd makes of a policy: the clock of one running process moves to the second that knotd has announced, knotd is told to
 * look at the zone, and keymgr says what has become of the keys. The parent does at once what is asked for, and the operator says so.
 */
export async function knotSchedule(policy: PeerPolicy): Promise<readonly PeerEvent[]> {
  using folder = new KnotFolder(T0 - policy.lead);
  const port = await freePort();
  folder.configure(configuration(folder.path, port, policy, policy.keys));
  writeFileSync(join(folder.path, 'zone'), zoneText(policy));
  await using run = new KnotRun(folder);
  await run.started();
  let changed = policy.change === undefined;
  for (;;) {
    await run.answerForParent();
    const next = run.nextEvent();
    if (!changed && (next === undefined || next >= T0)) {
      changed = true;
      if (policy.change?.kind !== 'keys') throw new Error(`${policy.id}: knotd has no way to it that keymgr tells of`);
      folder.configure(configuration(folder.path, port, policy, policy.change.keys));
      await run.moveTo(T0, ['reload']);
    } else if (next === undefined || next > T0 + policy.horizon) {
      return run.events;
    } else {
      await run.moveTo(next);
    }
  }
}

/**
 * The ZSKs that `keymgr pregenerate` makes ahead for an offline KSK, with the moments it gives them.
 * @param ends seconds from T0, one run after the other on the same database of keys
 */
export async function knotPregenerated(policy: PeerPolicy, ends: readonly number[]): Promise<readonly PeerEvent[]> {
  using folder = new KnotFolder(T0);
  folder.configure(configuration(folder.path, await freePort(), policy, policy.keys, 'manual: on\n    offline-ksk: on'));
  for (const end of ends) await folder.run('keymgr', ['-c', folder.config, ZONE, 'pregenerate', `${T0}`, `${T0 + end}`]);
  const acts = { publish: 'publish', active: 'sign', retire: 'retire', remove: 'remove' } as const;
  return (await folder.keys())
    .toSorted((a, b) => a.times.get('publish')! - b.times.get('publish')!)
    .flatMap(({ times }, i) =>
      Object.entries(acts).flatMap(([name, act]) => {
        const at = times.get(name);
        return at === undefined ? [] : [{ at: at - T0, key: `zsk${i + 1}`, act }];
      }),
    );
}

/** A private folder with a configuration, a database of keys and a clock. */
class KnotFolder implements Disposable {
  readonly path: string;
  readonly clock: ShiftedClock;

  constructor(now: number) {
    this.path = mkdtempSync(join(tmpdir(), `coldsign-knot-${process.pid}-`));
    mkdirSync(join(this.path, 'kasp'));
    this.clock = new ShiftedClock(join(this.path, 'clock'), now);
  }

  get config(): string {
    return join(this.path, 'knot.conf');
  }

  configure(text: string): void {
    writeFileSync(this.config, text);
  }

  async keys(): Promise<readonly KnotKey[]> {
    return readKnotKeys(await this.run('keymgr', ['-c', this.config, ZONE, 'list']));
  }

  async run(program: string, args: readonly string[]): Promise<string> {
    const file = findProgram(program);
    if (file === undefined) throw new Error(`${program} is not installed: it is in the Debian package knot`);
    return (await promisify(execFile)(file, args, { env: this.clock.environment() })).stdout;
  }

  [Symbol.dispose](): void {
    this.clock[Symbol.dispose]();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** knotd, and what has been seen of the keys. */
class KnotRun implements AsyncDisposable {
  readonly events: PeerEvent[] = [];
  readonly #folder: KnotFolder;
  readonly #knotd: ServerProcess;
  readonly #labels = new Map<string, string>();
  #seen: ReadonlyMap<string, KnotKey> = new Map();

  constructor(folder: KnotFolder) {
    this.#folder = folder;
    const environment = folder.clock.environment();
    this.#knotd = new ServerProcess({ program: 'knotd', args: ['-c', folder.config], folder: folder.path, environment });
  }

  async started(): Promise<void> {
    // The log is written before the control socket is there, so both are asked.
    await this.#knotd.ready(async () => (await this.#order(['status'])).includes('Running') && this.#announcements().length > 0);
    await this.#look();
  }

  /** Moves the clock and has the zone signed as of then. */
  async moveTo(seconds: number, first?: readonly string[]): Promise<void> {
    this.#folder.clock.moveTo(seconds);
    if (first !== undefined) await this.#order(first);
    await this.#sign();
  }

  async answerForParent(): Promise<void> {
    while ([...this.#seen.values()].some(waitsForParent)) {
      await this.#order(['zone-ksk-submitted', ZONE]);
      await this.#sign();
    }
  }

  /** Unix seconds at which knotd will look at the zone next; undefined: not ahead. */
  nextEvent(): number | undefined {
    const at = Date.parse(`${this.#announcements().at(-1)!}Z`) / 1000;
    if (Number.isNaN(at)) throw new Error(`knotd announces its next look as ${this.#announcements().at(-1)}`);
    return at > this.#folder.clock.now ? at : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#knotd[Symbol.asyncDispose]();
  }

  #announcements(): readonly string[] {
    return [...this.#knotd.output.matchAll(/next signing at (\S+)\+0000/g)].map((found) => found[1]!);
  }

  /** Ends when knotd has signed and has said when it will look next. */
  async #sign(): Promise<void> {
    const before = this.#announcements().length;
    await this.#order(['zone-sign', ZONE]);
    await until(
      'knotd has announced its next look',
      async () => this.#announcements().length,
      (found) => found > before,
    );
    await this.#look();
  }

  /** `-b`: the order has been carried out when knotc ends. */
  async #order(command: readonly string[]): Promise<string> {
    return await this.#folder.run('knotc', ['-b', '-s', join(this.#folder.path, 'knot.sock'), ...command]);
  }

  async #look(): Promise<void> {
    const now = new Map((await this.#folder.keys()).map((key) => [key.id, key]));
    for (const id of new Set([...this.#seen.keys(), ...now.keys()])) {
      const label = this.#labels.get(id) ?? this.#label(now.get(id)!);
      this.#labels.set(id, label);
      for (const act of knotActs(this.#seen.get(id), now.get(id))) {
        this.events.push({ at: this.#folder.clock.now - T0, key: label, act });
      }
    }
    this.#seen = now;
  }

  #label({ role }: KnotKey): string {
    return `${role}${[...this.#labels.values()].filter((other) => other.startsWith(role)).length + 1}`;
  }
}

const ALGORITHMS = { 8: 'rsasha256', 13: 'ecdsap256sha256' } as const;

function configuration(folder: string, port: number, { parameters: p }: PeerPolicy, keys: readonly PeerKey[], more = ''): string {
  const lifetime = (...roles: readonly string[]): string => `${keys.find(({ role }) => roles.includes(role))?.lifetime ?? 0}`;
  // Knot has no parameter for Dsgn. Long signatures: knotd announces the refreshing of signatures too, and there is none to look at here.
  return `server:
    rundir: "${folder}"
    listen: ${HOST}@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    pidfile: "${folder}/knot.pid"
log:
  - target: stderr
    any: info
database:
    storage: "${folder}"
    kasp-db: "kasp"
control:
    listen: "${folder}/knot.sock"
submission:
  - id: operator
    check-interval: 1h
    timeout: 0
policy:
  - id: case
    ksk-submission: operator
    algorithm: ${ALGORITHMS[keys[0]!.algorithm]}
    single-type-signing: ${keys.some(({ role }) => role === 'csk') ? 'on' : 'off'}
    dnskey-ttl: ${p.TTLkey}
    zone-max-ttl: ${p.TTLsig}
    propagation-delay: ${p.DprpC}
    ksk-lifetime: ${lifetime('ksk', 'csk')}
    zsk-lifetime: ${lifetime('zsk')}
    rrsig-lifetime: ${400 * DAY}
    rrsig-refresh: ${200 * DAY}
    ${more}
zone:
  - domain: ${ZONE}
    storage: "${folder}"
    file: zone
    zonefile-load: difference
    zonefile-sync: -1
    journal-content: all
    dnssec-signing: on
    dnssec-policy: case
`;
}

function zoneText({ parameters: { TTLsig } }: PeerPolicy): string {
  return `$TTL ${TTLsig}
@ IN SOA ns.${ZONE}. hostmaster.${ZONE}. 1 7200 900 604800 3600
@ IN NS ns.${ZONE}.
ns IN A 127.0.0.1
www IN A 192.0.2.80
`;
}
