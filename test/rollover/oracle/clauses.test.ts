import { describe, expect, test } from 'vitest';
import type { RecordName, RollKey, RollRules, StateKind, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { ENGINE } from '../../../keystore/rollover/parts.ts';
import { settle } from '../../../keystore/rollover/settle.ts';
import { checkWorld } from '../../../keystore/rollover/simulate/check.ts';
import { DAY, key, RULES, rollOf, T0, zoneOf } from '../engine/support.ts';
import { A, BEGINNING as B, type Rows, worldOf } from './world.ts';

/**
 * The clauses of rules 2 and 3 (Schaeffer, Overeinder, Mekking: Flexible and Robust Key Rollover in DNSSEC), each with what happens where it does not
 * hold: the history that follows is refused, and the engine does not begin it.
 */
interface Clause {
  readonly clause: string;
  readonly defect: string;
  readonly history: { readonly keys: Rows; readonly data: Rows; readonly parent: Rows };
  /** The moment before the defect: the records of each key, and whether it stays. */
  readonly zone: readonly RollKey[];
  readonly methods?: Partial<RollRules['methods']>;
  /** What makes the defect. */
  readonly moves: readonly (readonly [string, RecordName, StateKind])[];
  /** States with which the same is allowed; absent: none are. */
  readonly allowed?: readonly RollKey[];
}

const KEY_WAIT = A.DprpC + A.TTLkey;
const DS_WAIT = A.DprpP + A.TTLds;
const SIG_WAIT = A.DprpC + A.TTLsig;

const stays = (name: string, vector: string, algorithm = 8): RollKey =>
  key(name, name.startsWith('K') ? 'ksk' : 'zsk', { vector, algorithm, since: T0, from: 'awaited' });
const leaves = (name: string, vector: string): RollKey => ({
  ...key(name, name.startsWith('K') ? 'ksk' : 'zsk', { vector, goal: 'hidden', algorithm: 8, since: T0, from: 'awaited' }),
  activeSince: 0,
});
const steady: Rows = [[B, 'K1 Z1/K1']];
const byZ1: Rows = [[B, 'Z1']];
const byK1: Rows = [[B, 'K1']];

const CLAUSES: readonly Clause[] = [
  {
    clause: '3b: some key is in every DNSKEY RRset, signs it, and has its DS in every cache',
    defect: 'the only KSK is withdrawn while its DS is there',
    history: { keys: [...steady, [0, 'Z1/']], data: byZ1, parent: byK1 },
    zone: [leaves('K1', 'OOO'), stays('Z1', 'OO')],
    moves: [['K1', 'dnskey', 'unretentive']],
  },
  {
    clause: '3c: the DS changes under keys that all caches have',
    defect: 'the DS changes when some cache has not got the new DNSKEY yet',
    history: { keys: [...steady, [0, 'K1 K2 Z1/K1 K2']], data: byZ1, parent: [...byK1, [KEY_WAIT - 1, 'K2']] },
    zone: [leaves('K1', 'OOO'), stays('K2', 'RRH'), stays('Z1', 'OO')],
    moves: [['K1', 'ds', 'unretentive']],
    allowed: [leaves('K1', 'OOO'), stays('K2', 'OOH'), stays('Z1', 'OO')],
  },
  {
    clause: '3d: the key changes under DS that all caches have',
    defect: 'the DNSKEY changes when some cache has not got the new DS yet',
    history: { keys: [...steady, [DS_WAIT - 1, 'K2 Z1/K2']], data: byZ1, parent: [...byK1, [0, 'K1 K2']] },
    zone: [leaves('K1', 'OOO'), stays('K2', 'HHR'), stays('Z1', 'OO')],
    methods: { ksk: 'double-ds' },
    moves: [['K1', 'dnskey', 'unretentive']],
    allowed: [leaves('K1', 'OOO'), stays('K2', 'HHO'), stays('Z1', 'OO')],
  },
  {
    clause: '3e: whoever has a DS of an algorithm has one whose key is in every DNSKEY RRset',
    defect: 'the DS of a new algorithm comes before its DNSKEY',
    history: { keys: steady, data: byZ1, parent: [...byK1, [0, 'K1 Kn']] },
    zone: [stays('K1', 'OOO'), stays('Z1', 'OO'), stays('Kn', 'HHH', 13), stays('Zn', 'HO', 13)],
    methods: { ksk: 'double-ds' },
    moves: [['Kn', 'ds', 'rumoured']],
    allowed: [stays('K1', 'OOO'), stays('Z1', 'OO'), stays('Kn', 'OOH', 13), stays('Zn', 'OO', 13)],
  },
  {
    clause: '3f: some key is in every DNSKEY RRset, and all data are signed by it',
    defect: 'the only ZSK is withdrawn',
    history: { keys: [...steady, [0, 'K1/K1']], data: byZ1, parent: byK1 },
    zone: [stays('K1', 'OOO'), leaves('Z1', 'OO')],
    moves: [['Z1', 'dnskey', 'unretentive']],
  },
  {
    clause: '3g: the key changes under signatures that all caches have',
    defect: 'the DNSKEY changes when some cache has data without the new signatures',
    history: { keys: [...steady, [SIG_WAIT - 1, 'K1 Z2/K1']], data: [...byZ1, [0, 'Z1 Z2']], parent: byK1 },
    zone: [stays('K1', 'OOO'), leaves('Z1', 'OO'), stays('Z2', 'HR')],
    methods: { zsk: 'double-signature' },
    moves: [['Z1', 'dnskey', 'unretentive']],
  },
  {
    clause: '3h: signatures change under keys that all caches have',
    defect: 'data are signed with the new ZSK when some cache has not got its DNSKEY yet',
    history: { keys: [...steady, [0, 'K1 Z1 Z2/K1']], data: [...byZ1, [KEY_WAIT - 1, 'Z2']], parent: byK1 },
    zone: [stays('K1', 'OOO'), leaves('Z1', 'OO'), stays('Z2', 'RH')],
    moves: [['Z1', 'zrrsig', 'unretentive']],
    allowed: [stays('K1', 'OOO'), leaves('Z1', 'OO'), stays('Z2', 'OH')],
  },
  {
    clause: '3i: whoever has a DNSKEY of an algorithm has data signed by one that came with it',
    defect: 'the DNSKEY of a new algorithm comes when some cache has data without its signatures',
    history: { keys: [...steady, [SIG_WAIT - 1, 'K1 Z1 Kn Zn/K1 Kn']], data: [...byZ1, [0, 'Z1 Zn']], parent: byK1 },
    zone: [stays('K1', 'OOO'), stays('Z1', 'OO'), stays('Kn', 'HHH', 13), stays('Zn', 'HR', 13)],
    moves: [
      ['Kn', 'dnskey', 'rumoured'],
      ['Zn', 'dnskey', 'rumoured'],
    ],
    allowed: [stays('K1', 'OOO'), stays('Z1', 'OO'), stays('Kn', 'HHH', 13), stays('Zn', 'HO', 13)],
  },
];

function zoneWith(keys: readonly RollKey[], rules: RollRules): ZoneRoll {
  const names = (kind: 'old' | 'new'): string[] =>
    keys.filter(({ goals, name }) => (goals.dnskey === 'hidden') === (kind === 'old') && name !== 'K1').map(({ name }) => name);
  const links = keys.flatMap((old) =>
    keys
      .filter((next) => old.goals.dnskey === 'hidden' && next.goals.dnskey !== 'hidden' && next.role === old.role)
      .map((next) => ({ old: old.name, new: next.name })),
  );
  return zoneOf(keys, links, {
    roll: rollOf(keys.some(({ algorithm }) => algorithm === 13) ? 'algorithm' : 'zsk', rules, names('old'), names('new')),
  });
}

/** Moves that some engine makes of a zone, however much time passes in which nothing is seen. */
function movesOf(keys: readonly RollKey[], methods: Clause['methods'], parts = ENGINE): readonly string[] {
  const rules: RollRules = { ...RULES, methods: { ...RULES.methods, ...methods } };
  return settle(zoneWith(keys, rules), rules, T0 + 1000 * DAY, 'all', parts).moves.flatMap((move) =>
    move.kind === 'record' ? [`${move.key} ${move.record} ${move.to}`] : [],
  );
}

const LAWLESS = {
  ...ENGINE,
  ruleDs: () => true,
  ruleDnskey: () => true,
  ruleRrsig: () => true,
  introduction: () => undefined,
  withdrawal: () => undefined,
};

describe.each(CLAUSES)('$clause', ({ defect, history, zone, methods, moves }) => {
  const forbidden = moves.map((move) => move.join(' '));

  test(`refused: ${defect}`, () => {
    expect(checkWorld(worldOf(A, history))?.verdict.kind).toBe('bogus');
  });

  test('the engine never begins it, and one without rules does', () => {
    const made = movesOf(zone, methods);
    for (const move of forbidden) expect(made).not.toContain(move);
    expect(movesOf(zone, methods, LAWLESS)).toEqual(expect.arrayContaining(forbidden));
  });
});

test.each(CLAUSES.filter(({ allowed }) => allowed !== undefined))('$clause: where it holds it is done', ({ methods, moves, allowed }) => {
  expect(movesOf(allowed!, methods)).toEqual(expect.arrayContaining(moves.map((move) => move.join(' '))));
});
