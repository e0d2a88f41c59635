import type { RollKey, ZoneRoll } from '../../keystore/rollover/model.ts';
import { Refusal } from '../../signer/errors.ts';
import { keyText } from './roll-text.ts';

/** Tag, tag and algorithm, or the full name (see keyNameOf). */
const KEY_WORDS = /^(?:\d{1,5}(?:\/\d{1,3})?|\d{1,3}-\d{1,5}-[0-9a-f]{16})$/;

/**
 * The one key of the zone that is meant by `4711`, `4711/13` or `13-4711-0123456789abcdef`. A tag is no identity (RFC 4034 appendix B): where two keys
 * have it, more has to be said.
 * @throws Refusal usage/key-name, roll/key-unknown, roll/key-ambiguous
 */
export function keyOf(zone: ZoneRoll, words: string): RollKey {
  const { keys } = zone;
  if (!KEY_WORDS.test(words)) {
    throw new Refusal(
      'usage/key-name',
      `"${words}" names no key: a key is named by its tag like 4711, by tag/algorithm like 4711/13, or by its name like 13-4711-0123456789abcdef`,
      'coldsign roll status lists the keys; its --json has their names',
    );
  }
  const found = keys.filter((key) => isMeant(key, words));
  if (found.length === 1) return found[0]!;
  if (found.length === 0) {
    throw new Refusal(
      'roll/key-unknown',
      `no key of the zone is ${words}; its keys are ${keys.map(({ name }) => keyText(zone, name)).join(', ') || 'none'}`,
      'name one of these; coldsign roll status tells what they do',
    );
  }
  throw new Refusal(
    'roll/key-ambiguous',
    `${found.length} keys of the zone are ${words}: ${found.map(({ role, name, operator }) => `${role.toUpperCase()} ${name}${operator === 'self' ? '' : ` of ${operator}`}`).join(', ')}`,
    `type one of these in place of ${words}: ${found.map((key) => leastWords(key, found)).join(', ')}`,
  );
}

function isMeant({ name, keyTag, algorithm }: RollKey, words: string): boolean {
  if (words.includes('-')) return name === words;
  const [tag, number] = words.split('/').map(Number);
  return keyTag === tag && (number === undefined || number === algorithm);
}

function leastWords({ name, keyTag, algorithm }: RollKey, among: readonly RollKey[]): string {
  return among.filter((key) => key.algorithm === algorithm).length === 1 ? `${keyTag}/${algorithm}` : name;
}
