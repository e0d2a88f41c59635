import { equalBytes } from '../../signer/dns/bytes.ts';
import { FormatError } from '../../signer/dns/format-error.ts';
import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';
import { parseVkey, type VerifierKey } from '../audit/vkey.ts';
import { JUDGES } from '../release/judges.ts';
import type { Path, Problem } from './document.ts';
import { ZONE_DEFAULTS } from './policy-defaults.ts';
import { valueAt } from './problems.ts';
import { zoneName } from './zone-name.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * Names that stand for nothing, and values that do not go together. Takes the file's values as they are, also when others of
 * them are wrong: all problems are told at once.
 */
export function referenceProblems(config: unknown): readonly Problem[] {
  const policies = [...new Set([...Object.keys(members(config, ['policies'])), ZONE_DEFAULTS.policy])];
  const registries = Object.keys(members(config, ['registries']));
  const people = Object.keys(members(config, ['people']));
  return [
    ...sameZoneTwice(Object.keys(members(config, ['zones']))),
    ...Object.keys(members(config, ['zones'])).flatMap((zone) => [
      ...unknownName(config, ['zones', zone, 'policy'], policies, 'policy'),
      ...unknownName(config, ['zones', zone, 'registry'], registries, 'registry'),
    ]),
    ...Object.keys(members(config, ['quorums'])).flatMap((quorum) => quorumProblems(config, ['quorums', quorum], people)),
    ...people.flatMap((person) => personKeyProblems(config, person, people)),
    ...agreeProblems(config, [['gate']]),
    ...policies.flatMap((name) => agreeProblems(config, [['policies', name, 'gate'], ['gate']])),
  ];
}

function members(config: unknown, path: Path): Members {
  const value = valueAt(config, path);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function sameZoneTwice(zones: readonly string[]): Problem[] {
  const seen = new Map<string, string>();
  return zones.flatMap((zone): Problem[] => {
    const name = canonicalName(zone);
    const before = name === undefined ? undefined : seen.get(name);
    if (name !== undefined && before === undefined) seen.set(name, zone);
    return before === undefined ? [] : [{ path: ['zones', zone], text: `the zone is given twice, here and as ${before}` }];
  });
}

function canonicalName(text: string): string | undefined {
  try {
    return zoneName(text);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function unknownName(config: unknown, path: Path, known: readonly string[], what: string): Problem[] {
  const name = valueAt(config, path);
  if (typeof name !== 'string' || known.includes(name)) return [];
  const near = nearest(name, known);
  const next = near !== undefined ? `did you mean ${near}?` : known.length === 0 ? 'none is given' : `given: ${known.join(', ')}`;
  return [{ path, text: `there is no ${what} ${name}; ${next}` }];
}

function quorumProblems(config: unknown, path: Path, people: readonly string[]): Problem[] {
  const listed = valueAt(config, [...path, 'people']);
  const need = valueAt(config, [...path, 'need']);
  if (!Array.isArray(listed)) return [];
  const distinct = new Set(listed).size;
  return [
    ...listed.flatMap((_, i) => unknownName(config, [...path, 'people', i], people, 'person')),
    ...(distinct < listed.length
      ? [{ path: [...path, 'people'], text: `${listed.length} people are listed, ${distinct} different ones` }]
      : []),
    ...(typeof need === 'number' && need > distinct
      ? [{ path: [...path, 'need'], text: `found ${need}, expected at most ${distinct}, the number of people listed` }]
      : []),
  ];
}

/** A key that is another person's would let one person agree as two. */
function personKeyProblems(config: unknown, person: string, people: readonly string[]): Problem[] {
  const keyOf = (name: string): unknown => valueAt(config, ['people', name, 'key']);
  const text = keyOf(person);
  if (typeof text !== 'string') return [];
  const path = ['people', person, 'key'];
  const key = readVkey(text);
  if (key === undefined) return [{ path, text: 'its id is not that of name and key; found a line that was changed, or cut off' }];
  if (key.kind !== 'ed25519') return [{ path, text: `found a key of the kind ${key.kind}, expected ed25519` }];
  if (key.name !== person) return [{ path, text: `found the key of ${key.name}, expected that of ${person}` }];
  const before = people.slice(0, people.indexOf(person)).find((other) => {
    const others = readVkey(keyOf(other));
    return others !== undefined && equalBytes(others.publicKey, key.publicKey);
  });
  return before === undefined ? [] : [{ path, text: `found the key that ${before} has, expected a key of their own` }];
}

function readVkey(text: unknown): VerifierKey | undefined {
  try {
    return typeof text === 'string' ? parseVkey(text) : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** @param gates the one looked at, then those that it takes the members from which it does not give */
function agreeProblems(config: unknown, gates: readonly Path[]): Problem[] {
  const given = (member: string) => gates.map((gate): Path => [...gate, member]).find((path) => valueAt(config, path) !== undefined);
  const isOwn = Object.keys(members(config, gates[0]!)).some((key) => key === 'agree' || key === 'judges');
  const at = given('agree');
  const listed = valueAt(config, given('judges') ?? ['gate', 'judges']) ?? JUDGES;
  if (!isOwn || at === undefined || !Array.isArray(listed)) return [];
  const agree = valueAt(config, at);
  const count = new Set(listed).size;
  if (typeof agree !== 'number' || agree <= count) return [];
  return [{ path: at, text: `found ${agree}, expected at most ${count}, the number of judges` }];
}
