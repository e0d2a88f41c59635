import type { Interval, KeyName, RollRules, ZoneRoll } from '../model.ts';
import { keyNamed, standbyKeys } from './keys.ts';

/** What can still be done about a key whose private key is gone. */
export interface LostOutlook {
  /** replace: a new key takes over, as start() of `lost` does it. insecure: only the DS can go, and the zone starts over. */
  readonly way: 'replace' | 'insecure';
  /** End of what the key has signed; it can be signed anew by nobody. */
  readonly deadline: number;
  /** From the start until no cache needs a signature of the lost key. */
  readonly needs: Interval;
  /** A start after this ends in a zone that is bogus for some. */
  readonly latestStart: number;
}

/**
 * KSK: the DNSKEY RRset stays as it is until the DS of its successor is with all caches; a successor whose DS stands by waits for nothing.
 * CSK: the same wait, for its DS to be gone. ZSK: its successor is published, then all is signed anew.
 * @param validUntil end of the first of the key's signatures
 * @throws Refusal roll/key-unknown
 */
export function lostOutlook(zone: ZoneRoll, rules: RollRules, name: KeyName, validUntil: number): LostOutlook {
  const { role, algorithm } = keyNamed(zone, name);
  const standby = standbyKeys(zone, role).find((key) => key.name !== name && key.algorithm === algorithm && key.trouble === 'none');
  const overDs = role === 'csk' || (role === 'ksk' && standby?.goals.ds !== 'omnipresent');
  const terms = [
    ...(overDs
      ? [
          { name: 'Dreg', seconds: rules.registration },
          { name: 'DprpP', seconds: rules.parentPropagation },
          { name: 'TTLds', seconds: rules.dsTtl },
        ]
      : []),
    ...(role === 'zsk' && standby === undefined
      ? [
          { name: 'Dprp', seconds: rules.propagation },
          { name: 'TTLkey', seconds: rules.keyTtl },
        ]
      : []),
    ...lastCopies(rules, role, standby?.goals.dnskey === 'omnipresent'),
  ];
  const total = terms.reduce((sum, { seconds }) => sum + seconds, 0);
  const needs: Interval = { name: `until nothing needs a signature of the lost ${role.toUpperCase()}`, terms, reference: 'RFC 6781 4.2' };
  return { way: role === 'csk' ? 'insecure' : 'replace', deadline: validUntil, needs, latestStart: validUntil - total };
}

/** Caches hold what the lost key signed for one more TTL after its replacement is published; what expires there is bogus. */
function lastCopies(rules: RollRules, role: 'ksk' | 'zsk' | 'csk', standsInDnskey: boolean): Interval['terms'] {
  // The DS is gone, or signatures of the successor are in the same RRset.
  if (role === 'csk' || (role === 'ksk' && standsInDnskey)) return [];
  return role === 'zsk'
    ? [
        { name: 'Dsgn', seconds: rules.dsgn },
        { name: 'Dprp', seconds: rules.propagation },
        { name: 'TTLsig', seconds: rules.signatureTtl },
      ]
    : [
        { name: 'DprpC', seconds: rules.propagation },
        { name: 'TTLkey', seconds: rules.keyTtl },
      ];
}
