import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../src/demo/loopback.ts';
import { findProgram } from '../../../src/release/tool.ts';
import { until } from '../../support/name-servers.ts';
import { ShiftedClock } from '../clock/shifted-clock.ts';
import { ServerProcess } from '../lab/server-process.ts';
import { type NamedKey, namedActs, readNamedKey } from './named-state.ts';
import type { PeerEvent, PeerKey, PeerPolicy } from './schedule.ts';

const HOST = '127.0.0.1';
const ZONE = 'zone.example';
/** T0 of every case. Any second will do: the clock stands still between events. */
const T0 = Date.UTC(2027, 0, 1) / 1000;
const DAY = 86400;

/**
 * The schedule that named makes of a policy: it is run once for every key event, with the clock at the second that the run before has
 * announced, and what has changed in its key state files is read. The parent does what named asks for after Dreg, and the operator says so then.
 */
export async function namedSchedule(policy: PeerPolicy): Promise<readonly PeerEvent[]> {
  await using ends = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), `coldsign-named-${process.pid}-`));
  ends.defer(() => rmSync(folder, { recursive: true, force: true }));
  const clock = ends.use(new ShiftedClock(join(folder, 'clock'), T0 - policy.lead));
  const ports = { dns: await freePort(), control: await freePort() };
  const configure = (keys: readonly PeerKey[], name: string): void =>
    writeFileSync(join(folder, 'named.conf'), configuration(folder, ports, policy, keys, name));
  configure(policy.keys, 'case');
  writeFileSync(
    join(folder, 'rndc.conf'),
    `${KEY}options { default-key "test"; default-server ${HOST}; default-port ${ports.control}; };\n`,
  );
  writeFileSync(join(folder, 'zone'), zoneText(policy));
  await using run = new NamedRun(folder, clock, policy.parameters.Dreg ?? 0);
  await run.startAt(T0 - policy.lead);
  let changed = policy.change === undefined;
  for (;;) {
    await run.answerForParent();
    const next = earliest([run.nextEvent(), run.nextAnswer(), ...(policy.looks ?? []).map((at) => T0 + at)], clock.now);
    if (!changed && (next === undefined || next >= T0)) {
      changed = true;
      if (policy.change?.kind === 'keys') configure(policy.change.keys, 'case');
      else configure(policy.keys, 'insecure');
      await run.startAt(T0);
    } else if (next === undefined || next > T0 + policy.horizon) {
      return run.events;
    } else {
      await run.startAt(next);
    }
  }
}

function earliest(times: readonly (number | undefined)[], after: number): number | undefined {
  return times.filter((time) => time !== undefined && time > after).toSorted((a, b) => a! - b!)[0];
}

/**
 * One named after the other, a short run each, and what has been seen of the keys.
 * Design note: named keeps a list of timers, and looks at the next one alone; in a process that runs on while the clock jumps it would go on waiting.
 */
class NamedRun implements AsyncDisposable {
  readonly events: PeerEvent[] = [];
  readonly #folder: string;
  readonly #clock: ShiftedClock;
  #named: ServerProcess | undefined;
  readonly #seen = new Map<string, NamedKey>();
  readonly #registration: number;
  /** When the parent will have done what it was asked for last. */
  #answerAt = 0;

  /** @param registration Dreg, in seconds */
  constructor(folder: string, clock: ShiftedClock, registration: number) {
    this.#folder = folder;
    this.#clock = clock;
    this.#registration = registration;
  }

  async startAt(seconds: number): Promise<void> {
    await this.#named?.[Symbol.asyncDispose]();
    this.#clock.moveTo(seconds);
    const args = ['-g', '-n', '1', '-c', join(this.#folder, 'named.conf')];
    this.#named = new ServerProcess({ program: 'named', args, folder: this.#folder, environment: this.#clock.environment() });
    await this.#settled(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#named?.[Symbol.asyncDispose]();
  }

  /** Waits for a look of named at its keys that comes after the first `looks` ones, then reads what has changed. */
  async #settled(looks: number): Promise<void> {
    await until(
      'named has looked at its keys',
      async () => this.#looks().length,
      (found) => found > looks,
    );
    for (const name of readdirSync(this.#folder).toSorted()) {
      if (/^K.*\.state$/.test(name)) this.#compare(name);
    }
  }

  /** Unix seconds of the key event that named expects next; undefined: none. */
  nextEvent(): number | undefined {
    const text = this.#looks().at(-1)!;
    const at = Date.parse(`${text.replaceAll('-', ' ')} UTC`) / 1000;
    if (Number.isNaN(at)) throw new Error(`named expects its next key event at ${text}`);
    return at > this.#clock.now ? at : undefined;
  }

  /** Unix seconds at which the parent will have done what it was asked for. */
  nextAnswer(): number | undefined {
    return this.#answerAt > this.#clock.now ? this.#answerAt : undefined;
  }

  /** Says of every DS that named waits for that it is there, or gone, as of now; nothing while the parent is at it. */
  async answerForParent(): Promise<void> {
    if (this.nextAnswer() !== undefined) return;
    for (const key of this.#seen.values()) {
      const tell = (what: string): Promise<void> =>
        this.#order(['dnssec', '-checkds', '-key', `${key.tag}`, '-alg', `${key.algorithm}`, what, ZONE]);
      if (key.states.ds === 'rumoured' && !key.isDsSeen) await tell('published');
      if (key.states.ds === 'unretentive' && !key.isDsGone) await tell('withdrawn');
    }
  }

  async #order(command: readonly string[]): Promise<void> {
    const looks = this.#looks().length;
    const rndc = findProgram('rndc');
    if (rndc === undefined) throw new Error('rndc is not installed');
    await promisify(execFile)(rndc, ['-c', join(this.#folder, 'rndc.conf'), ...command], { env: this.#clock.environment() });
    await this.#settled(looks);
  }

  #looks(): readonly string[] {
    return [...(this.#named?.output ?? '').matchAll(/next key event: (\S+ [0-9:]+)/g)].map((found) => found[1]!);
  }

  #compare(name: string): void {
    const key = readNamedKey(readFileSync(join(this.#folder, name), 'utf8'), name);
    const before = this.#seen.get(name);
    const label = before?.label ?? this.#label(key);
    this.#seen.set(name, { ...key, label });
    for (const act of namedActs(before?.states, key.states)) {
      this.events.push({ at: this.#clock.now - T0, key: label, act });
      if (act === 'ds-submit' || act === 'ds-withdraw') this.#answerAt = this.#clock.now + this.#registration;
    }
  }

  #label({ role }: NamedKey): string {
    return `${role}${[...this.#seen.values()].filter((other) => other.role === role).length + 1}`;
  }
}

const KEY = `key "test" { algorithm hmac-sha256; secret "${Buffer.from('no secret at all').toString('base64')}"; };\n`;

function configuration(
  folder: string,
  ports: { readonly dns: number; readonly control: number },
  { parameters: p }: PeerPolicy,
  keys: readonly PeerKey[],
  policyName: string,
): string {
  const line = ({ role, lifetime, algorithm }: PeerKey): string =>
    `    ${role} key-directory lifetime ${lifetime === undefined ? 'unlimited' : `${lifetime}s`} algorithm ${algorithm};\n`;
  // Dsgn is the difference of validity and refresh; none at all is not tried here: for Dsgn = 0 it is two days.
  const refresh = p.Dsgn === 0 ? 12 * DAY : 14 * DAY - p.Dsgn;
  return `${KEY}controls { inet ${HOST} port ${ports.control} allow { ${HOST}; } keys { "test"; }; };
options {
  directory "${folder}";
  key-directory "${folder}";
  listen-on port ${ports.dns} { ${HOST}; };
  listen-on-v6 { none; };
  pid-file "${folder}/named.pid";
  session-keyfile "${folder}/session.key";
  recursion no;
  dnssec-validation no;
  notify no;
  dnssec-loadkeys-interval 1440;
};
dnssec-policy "case" {
  keys {
${keys.map(line).join('')}  };
  dnskey-ttl ${p.TTLkey}s;
  max-zone-ttl ${p.TTLsig}s;
  parent-ds-ttl ${p.TTLds}s;
  parent-propagation-delay ${p.DprpP}s;
  zone-propagation-delay ${p.DprpC}s;
  publish-safety 0;
  retire-safety ${p.retireSafety ?? 0}s;
  purge-keys 0;
  signatures-validity 14d;
  signatures-validity-dnskey 14d;
  signatures-refresh ${refresh}s;
};
zone "${ZONE}" { type primary; file "zone"; inline-signing yes; dnssec-policy "${policyName}"; };
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
