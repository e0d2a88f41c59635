import type { Stranded } from './resolver-5011.ts';
import { dnskeyText, type StoryOptions } from './story.ts';
import { list, timeText } from './words.ts';

/** A stranded resolver in plain English: what it had made of each key at its last poll, and what it meets when. Lines end in a line feed. */
export function storyOfStranded({ polledAt, at, dnskey, states, unlearnt }: Stranded, { nameOf = (id) => id }: StoryOptions = {}): string {
  const known = Object.entries(states).map(([id, state]) => `${nameOf(id)} is ${state}`);
  const what = unlearnt === undefined ? 'answers SERVFAIL' : `trusts ${nameOf(unlearnt)} for good, which has left the zone`;
  const why =
    unlearnt === undefined
      ? 'none of its trust anchors signs that RRset unrevoked'
      : `no RRset that it met has ${nameOf(unlearnt)} with the REVOKE bit, and none will`;
  return [
    `At ${timeText(at)} a resolver that keeps its trust anchors by RFC 5011 ${what}.`,
    `${timeText(polledAt)}: its last poll before; ${list(known, 'it knows no key')}.`,
    `${timeText(at)}: it gets the DNSKEY RRset ${dnskeyText(dnskey.content, (ids) => list(ids.map(nameOf), 'no key'))}, published ${timeText(dnskey.at)}.`,
    `${timeText(at)}: ${why}.`,
    '',
  ].join('\n');
}
