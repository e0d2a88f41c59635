import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { RollKey, RollKind, RollRules, ZoneRoll } from './model.ts';
import { keysInUse, ownWanted, standbyKeys } from './start/keys.ts';
import type { StartWhat } from './start/what.ts';

/** One rollover of a migration: what start() is to be called with when those before it have ended. */
export interface MigrationStep {
  readonly kind: RollKind;
  readonly what: StartWhat;
  /** What the zone has, and what the policy wants. */
  readonly why: string;
}

/**
 * The rollovers that bring a zone's keys to what its policy says, in their order: a change of policy is never a jump. Methods, TTLs and lifetimes
 * need none: the next rollover goes by them, and old TTLs count as long as caches can hold them (the versions of the zone tell).
 */
export function migrationOf(zone: ZoneRoll, rules: RollRules): readonly MigrationStep[] {
  const own = ownWanted(zone);
  if (own.length === 0) return zone.roll?.kind === 'insecure' ? [] : [first(rules)];
  const shape = shapeSteps(zone, rules);
  // One that was marked, and whose rollover was cancelled.
  const known = own.filter((key) => key.trouble === 'compromised' && zone.roll?.old.includes(key.name) !== true);
  return [...known.map(replacement), ...shape, ...standbySteps(zone, rules, shape.length > 0)];
}

function first(rules: RollRules): MigrationStep {
  const keys = rules.keys === 'csk' ? 'a CSK' : 'a KSK and a ZSK';
  return step({ kind: 'first-signing' }, `the zone is not signed, and the policy wants ${keys} of ${algorithmLabel(rules.algorithm)}`);
}

function replacement({ name, role, keyTag, trouble }: RollKey): MigrationStep {
  return { kind: role, what: { kind: 'emergency', key: name, how: 'keep' }, why: `key ${keyTag} is ${trouble}` };
}

/** Split and algorithm: a change of algorithm brings the split of the new keys with it. */
function shapeSteps(zone: ZoneRoll, rules: RollRules): readonly MigrationStep[] {
  const own = ownWanted(zone);
  const hasCsk = own.some(({ role }) => role === 'csk');
  const others = [...new Set(own.map(({ algorithm }) => algorithm))].filter((algorithm) => algorithm !== rules.algorithm);
  const wantsCsk = rules.keys === 'csk';
  const change = `the keys are of ${others.map(algorithmLabel).join(' and ')}, and the policy wants ${algorithmLabel(rules.algorithm)}`;
  if (others.length === 0) {
    if (wantsCsk === hasCsk) return [];
    return [
      step(
        wantsCsk ? { kind: 'to-csk' } : { kind: 'to-split' },
        `the zone is signed with ${hasCsk ? 'a CSK' : 'KSK and ZSK'}, and the policy wants ${rules.keys}`,
      ),
    ];
  }
  const algorithm = step({ kind: 'algorithm', algorithm: rules.algorithm }, change);
  // Keys of the algorithm that is wanted are there already, split as they are.
  const staying = own.filter((key) => key.algorithm === rules.algorithm);
  const restSplit = staying.length > 0 && staying.some(({ role }) => role === 'csk') !== wantsCsk;
  const after = restSplit
    ? [
        step(
          wantsCsk ? { kind: 'to-csk' } : { kind: 'to-split' },
          `the keys that stay are ${wantsCsk ? 'KSK and ZSK' : 'a CSK'}, and the policy wants ${rules.keys}`,
        ),
      ]
    : [];
  const isAnchor = rules.rfc5011 !== 'none' && own.some((key) => key.role === 'csk' && key.algorithm !== rules.algorithm);
  const before = isAnchor
    ? [
        step(
          { kind: 'to-split' },
          'the CSK is a trust anchor: revoked, it signs no data, so the keys are split before the algorithm changes (RFC 6781 4.1.4.3)',
        ),
      ]
    : [];
  return [...before, algorithm, ...after];
}

/** @param isChanging the keys in use are replaced first; standby keys of before leave with them */
function standbySteps(zone: ZoneRoll, rules: RollRules, isChanging: boolean): readonly MigrationStep[] {
  if (rules.keys === 'csk') return isChanging ? [] : withdrawals(zone);
  const zsk = standbyOf(zone, 'zsk', rules.standbyZsk ? 'dnskey' : 'none', isChanging);
  const ksk = standbyOf(zone, 'ksk', rules.standbyKsk, isChanging);
  return [...zsk, ...ksk];
}

function withdrawals(zone: ZoneRoll): readonly MigrationStep[] {
  return (['zsk', 'ksk'] as const).flatMap((role) => standbyOf(zone, role, 'none', false));
}

function standbyOf(zone: ZoneRoll, role: 'ksk' | 'zsk', wanted: RollRules['standbyKsk'], isChanging: boolean): readonly MigrationStep[] {
  const there = isChanging ? [] : standbyKeys(zone, role);
  const name = role.toUpperCase();
  const isRight = (how: 'dnskey' | 'ds'): boolean => there.some((key) => (key.goals.ds === 'omnipresent') === (how === 'ds'));
  const leaves = there.length > 0 && (wanted === 'none' || !isRight(wanted));
  const enters = wanted !== 'none' && (there.length === 0 || leaves) && (isChanging || keysInUse(zone, role).length > 0);
  return [
    ...(leaves
      ? [
          step(
            { kind: 'standby', role, how: 'none' },
            `the zone has a standby ${name}, and the policy wants ${wanted === 'none' ? 'none' : `one with its ${wanted.toUpperCase()} published`}`,
          ),
        ]
      : []),
    ...(enters
      ? [
          step(
            { kind: 'standby', role, how: wanted },
            `the policy wants a standby ${name} with its ${wanted.toUpperCase()} published, and the zone has none`,
          ),
        ]
      : []),
  ];
}

function step(what: Extract<StartWhat, { kind: RollKind }>, why: string): MigrationStep {
  return { kind: what.kind, what, why };
}
