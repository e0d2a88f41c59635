import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORDS, type RollKey } from '../../../keystore/rollover/model.ts';
import { CATEGORY, type EntryData, type EntryType, type LoggedKey } from '../../../src/audit/entry.ts';
import { AuditLog, type NewEntry } from '../../../src/audit/log.ts';
import type { NoteSigner } from '../../../src/audit/note-key.ts';
import { printVkey, vkeyOf } from '../../../src/audit/vkey.ts';
import type { Config } from '../../../src/config/config.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { isoText } from '../../../src/config/time-text.ts';
import { nameOfKey } from '../../../src/rollover/key-name.ts';
import type { RollChange } from '../../../src/rollover/roll-change.ts';
import { policyDigest } from '../../../src/state/policy-digest.ts';
import { saveSnapshot } from '../../../src/state/snapshot.ts';
import { applyEntry, emptyState } from '../../../src/state/state.ts';
import { ArtifactStore } from '../../../src/workspace/artifacts.ts';
import { workspacePaths } from '../../../src/workspace/paths.ts';
import { memoryNoteSigner } from '../../support/memory-note-signer.ts';

/** 2026-11-24T12:00:00Z: when the last entry was written. */
export const MADE_AT = 1_795_521_600;
const HOUR = 3600;
const DAY = 86_400;
const ORIGIN = 'audit.example/made';
const HASH = '5d41402abc4b2a76b9719d911017c592ae1f3c9a7b4d8e60f1a2b3c4d5e6f708';

export interface MadeWish {
  readonly zones: number;
  /** Entries of the log at least; what zones do not need are refused signings. */
  readonly entries?: number;
  /** Without it the state is folded anew by whoever opens it. */
  readonly snapshot?: boolean;
}

/**
 * A workspace of any size as years of work would have left it, without a token: keys, releases and rollovers are entries of its log alone, and the key
 * that signs the log is in memory. Zones differ in how old their keys and signatures are; every seventh has a source that has changed, every fifth
 * was signed for the first time and has not been seen yet.
 */
export async function makeLargeWorkspace(dir: string, { zones, entries = 0, snapshot = true }: MadeWish): Promise<MadeWorkspace> {
  const paths = workspacePaths(dir);
  for (const folder of [paths.artifacts, paths.audit, join(dir, 'zones')]) mkdirSync(folder, { recursive: true });
  const text = configText(zones);
  writeFileSync(paths.config, text);
  const made = new MadeWorkspace(dir, parseConfig(text, 'coldsign.yaml', dir));
  made.append([
    ['log.genesis', { origin: ORIGIN, vkey: made.vkey, version: '0.1.0', key: { id: '00', label: 'audit', serial: '00' } }],
    ['session.open', { command: 'init', version: '0.1.0', program: HASH, head: 'none' }],
    ['policy.loaded', { config: new ArtifactStore(paths.artifacts).put(Buffer.from(text), 'coldsign.yaml'), diff: [] }],
  ] as readonly MadeEntry[]);
  for (let i = 0; i < zones; i += AT_ONCE) {
    const batch: MadeEntry[] = [];
    for (let j = i; j < Math.min(zones, i + AT_ONCE); j++) batch.push(...made.zoneEntries(j, made.size + batch.length));
    made.append(batch);
  }
  for (let cycle = 0; made.size < entries - 1; ) {
    const batch: MadeEntry[] = [];
    while (batch.length < AT_ONCE && made.size + batch.length < entries - 1) batch.push(fillerEntry(cycle++, zones));
    made.append(batch);
  }
  await made.close(snapshot);
  return made;
}

export type MadeEntry = { [T in EntryType]: readonly [type: T, data: EntryData[T]] }[EntryType];

const AT_ONCE = 2000;

export class MadeWorkspace {
  readonly dir: string;
  readonly config: Config;
  readonly #signer: NoteSigner = memoryNoteSigner(ORIGIN);
  readonly #log: AuditLog;
  readonly #policy: string;

  constructor(dir: string, config: Config) {
    this.dir = dir;
    this.config = config;
    this.#log = AuditLog.open(join(dir, 'audit'));
    this.#policy = policyDigest(config.policies['default']!);
  }

  get vkey(): string {
    return printVkey(vkeyOf(this.#signer));
  }

  get size(): number {
    return this.#log.size;
  }

  append(entries: readonly MadeEntry[]): void {
    this.#log.append(entries.map(newEntry));
  }

  /** Ends as a command does: the snapshot, the entry that vouches for it, a signed checkpoint. */
  async close(snapshot = true): Promise<void> {
    const state = emptyState();
    if (snapshot) for (let seq = 0; seq < this.size; seq++) applyEntry(state, this.#entry(seq));
    const sha256 = snapshot ? saveSnapshot(state, workspacePaths(this.dir).snapshot) : HASH;
    this.append([['session.close', { outcome: 'done', snapshot: sha256 }]]);
    await this.#log.checkpoint([this.#signer]);
  }

  /** What made the keys of a zone, and its one release; then all that is published is known to all caches. */
  zoneEntries(i: number, first: number): readonly MadeEntry[] {
    const zone = zoneNameOf(i);
    const source = zoneText(zone);
    writeFileSync(join(this.dir, 'zones', `${zone}zone`), i % 7 === 0 ? `${source}; changed\n` : source);
    const keys = (['ksk', 'zsk'] as const).map((role) => keyOf(zone, role, i));
    // Spread over four days, so that not all fall due at once.
    const made = MADE_AT - 6 * HOUR - (i % 97) * HOUR;
    const roll = i % 5 === 3 ? firstRoll(keys, made) : settledRoll(keys, made);
    const release = {
      zone,
      serial: 2,
      signed: HASH,
      manifest: HASH,
      policy: this.#policy,
      input: [{ name: `zones/${zone}zone`, sha256: createHash('sha256').update(source).digest('hex'), size: Buffer.byteLength(source) }],
      keyTags: keys.map(({ keyTag }) => keyTag),
      records: 26,
      cds: { kind: 'none' },
      validFrom: isoText(made - HOUR),
      validUntil: isoText(made + 14 * DAY),
      refreshAt: isoText(made + 9 * DAY),
      version: { made, keyTtl: HOUR, signatureTtl: HOUR, negativeTtl: HOUR, isSigned: true },
    };
    return [
      ...keys.flatMap((key, at): readonly MadeEntry[] => [
        [
          'key.generate.intent',
          { zone, role: key.role, algorithm: 13, label: key.label, token: key.token, serial: key.serial, before: [] },
        ],
        ['key.generate.result', { intent: first + 2 * at, key }],
      ]),
      ['release.intent', { folder: `${zone} 2`, release }],
      ['release.result', { intent: first + 4, zone, serial: 2 }],
      ['roll.noted', { zone, moves: [], change: roll }],
    ] as readonly MadeEntry[];
  }

  #entry(seq: number) {
    const { octets, lineEnds } = this.#log.content;
    return JSON.parse(Buffer.from(octets.subarray(seq === 0 ? 0 : lineEnds[seq - 1]! + 1, lineEnds[seq]!)).toString('latin1'));
  }
}

export const zoneNameOf = (i: number): string => `zone-${String(i).padStart(5, '0')}.example.`;

function newEntry([type, data]: MadeEntry): NewEntry {
  return {
    v: 1,
    time: isoText(MADE_AT),
    mono: 1000,
    boot: '00000000-0000-4000-8000-000000000000',
    session: '20261124T120000Z-0a1b2c',
    mode: 'production',
    type,
    cat: CATEGORY[type],
    actor: { role: 'operator', name: 'made' },
    data,
  } as unknown as NewEntry;
}

function fillerEntry(cycle: number, zones: number): MadeEntry {
  const zone = zoneNameOf(cycle % Math.max(1, zones));
  const text = 'the first signature ends before the latest next visit';
  return ['gate.refused', { zone, serial: cycle, verdicts: [{ rule: 'margin', verdict: 'fail', text }] }] as unknown as MadeEntry;
}

function keyOf(zone: string, role: 'ksk' | 'zsk', i: number): LoggedKey {
  const dnskey = Buffer.concat([Buffer.from([1, role === 'ksk' ? 1 : 0, 3, 13]), createHash('sha512').update(`${zone} ${role}`).digest()]);
  return {
    zone,
    role,
    algorithm: 13,
    keyTag: (i * 2 + (role === 'ksk' ? 0 : 1)) % 65_536,
    id: createHash('sha256').update(dnskey).digest('hex').slice(0, 32),
    label: `${zone} ${role} 13`,
    token: role,
    serial: '00',
    dnskey: dnskey.toString('base64'),
  };
}

function settledRoll(keys: readonly LoggedKey[], made: number): RollChange {
  const since = made - 40 * DAY;
  const all = keys.map((key): RollKey => {
    const records = RECORDS[key.role];
    return {
      name: nameOfKey(key),
      role: key.role,
      algorithm: 13,
      keyTag: key.keyTag,
      operator: 'self',
      goals: Object.fromEntries(records.map((record) => [record, 'omnipresent'])),
      records: Object.fromEntries(records.map((record) => [record, { kind: 'omnipresent', since }])),
      revocation: { kind: 'none' },
      activeSince: since,
      trouble: 'none',
    };
  });
  const ds = all.filter(({ role }) => role === 'ksk').map(({ name }) => name);
  return {
    keys: all,
    versions: [{ serial: 2, at: made, from: made, keyTtl: HOUR, signatureTtl: HOUR, negativeTtl: HOUR, isSigned: true }],
    parent: {
      request: { keys: ds, at: since, submittedAt: since },
      observed: { kind: 'settled', keys: ds, from: since, at: since, ttl: DAY },
    },
    wantsDs: true,
  };
}

/** As a first signing leaves it: published, and nothing is known of what servers and parent have. */
function firstRoll(keys: readonly LoggedKey[], made: number): RollChange {
  const settled = settledRoll(keys, made);
  const rumoured = { kind: 'rumoured', since: made, from: 'awaited' } as const;
  const all = settled.keys!.map((key): RollKey => {
    const records = RECORDS[key.role].filter((record) => record !== 'ds');
    return { ...key, records: Object.fromEntries(records.map((record) => [record, rumoured])) };
  });
  const methods = { zsk: 'pre-publication', ksk: 'double-ksk', csk: 'pre-publication', algorithm: 'conservative' } as const;
  const names = all.map(({ name }) => name);
  return {
    keys: all,
    versions: settled.versions!.map((version) => ({ ...version, from: 'awaited' as const })),
    roll: { id: 1, kind: 'first-signing', methods, old: [], new: names, started: made, reason: 'first signing', breaksChain: false },
  };
}

function zoneText(zone: string): string {
  return `$TTL 3600\n${zone} IN SOA ns1.${zone} hostmaster.${zone} 1 7200 3600 604800 3600\n${zone} IN NS ns1.${zone}\nns1.${zone} IN A 192.0.2.1\n`;
}

function configText(zones: number): string {
  const names = Array.from({ length: zones }, (_, i) => zoneNameOf(i));
  return [
    'format: 1',
    `log:\n  origin: "${ORIGIN}"`,
    'tokens:',
    ...['ksk', 'zsk', 'audit'].map((role) => `  ${role}: "pkcs11:token=made;serial=00?module-path=/nowhere.so"`),
    'policies:\n  default:\n    algorithm: 13\n    zsk-lifetime: 90d\n    ksk-lifetime: 1y\n    ceremony-interval: 1d\n    ceremony-slack: 1d',
    'people:\n  carol:\n    name: Carol\n    roles: [operator]',
    'zones:',
    ...names.map((name) => `  ${name.slice(0, -1)}:\n    source: zones/${name}zone`),
    '',
  ].join('\n');
}
