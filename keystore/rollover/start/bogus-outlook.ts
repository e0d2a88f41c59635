import type { Interval, KeyName, RollRules, ZoneRoll } from '../model.ts';
import { keyNamed, standbyKeys } from './keys.ts';

/** For whom, and how long, a zone is bogus whose keys change places at once. */
export interface BogusOutlook {
  readonly parts: readonly { readonly who: string; readonly interval: Interval }[];
  /** The longest of them, seconds; 0: for nobody. */
  readonly seconds: number;
}

/**
 * RFC 6781 4.2.1.2: old and new key change places in one version of the zone, and caches hold parts of what was before. Each part counts from the
 * release that makes the change; TTLs are the largest that any version gave out.
 * @param name key that is replaced
 * @param next the new one; absent: a standby key, or one that nobody has seen
 * @throws Refusal roll/key-unknown
 */
export function bogusOutlook(zone: ZoneRoll, rules: RollRules, name: KeyName, next?: KeyName): BogusOutlook {
  const { role, algorithm, records } = keyNamed(zone, name);
  const named = next === undefined ? undefined : zone.keys.find((key) => key.name === next);
  const taken = named ?? standbyKeys(zone, role).find((key) => key.name !== name && key.algorithm === algorithm && key.trouble === 'none');
  const keyTtl = Math.max(rules.keyTtl, ...zone.versions.map((version) => version.keyTtl));
  const signatureTtl = Math.max(rules.signatureTtl, ...zone.versions.map((version) => version.signatureTtl));
  const dsTtl = Math.max(rules.dsTtl, zone.parent.observed.kind === 'unknown' ? 0 : (zone.parent.observed.ttl ?? 0));
  const isKeyKnown = taken?.records.dnskey?.kind === 'omnipresent';
  const isDsKnown = taken?.records.ds?.kind === 'omnipresent';
  const isSecure = zone.keys.some((key) => (key.records.ds?.kind ?? 'hidden') !== 'hidden');
  const parts: { who: string; interval: Interval }[] = [];
  const add = (who: string, ...terms: Interval['terms']): void => {
    parts.push({ who, interval: { name: 'bogus', terms, reference: 'RFC 6781 4.2.1.2' } });
  };
  const dprp = { name: 'Dprp', seconds: rules.propagation };
  if (isSecure && role !== 'ksk') {
    if (!isKeyKnown) add('who holds the DNSKEY RRset of before and gets data of now', dprp, { name: 'TTLkey', seconds: keyTtl });
    add('who holds data of before and gets the DNSKEY RRset of now', dprp, { name: 'TTLsig', seconds: signatureTtl });
  }
  if (isSecure && role !== 'zsk' && (records.ds?.kind ?? 'hidden') !== 'hidden') {
    if (!isDsKnown) {
      add(
        'who holds the DS of before and gets the DNSKEY RRset of now',
        { name: 'Dreg', seconds: rules.registration },
        { name: 'DprpP', seconds: rules.parentPropagation },
        { name: 'TTLds', seconds: dsTtl },
      );
    }
    if (!isKeyKnown) add('who holds the DNSKEY RRset of before and gets the DS of now', dprp, { name: 'TTLkey', seconds: keyTtl });
  }
  return { parts, seconds: Math.max(0, ...parts.map(({ interval }) => interval.terms.reduce((sum, { seconds }) => sum + seconds, 0))) };
}
