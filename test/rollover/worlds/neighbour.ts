import type { RollRules, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { type DnskeyContent, historyOf, type Operator, type Version } from '../../../keystore/rollover/simulate/history.ts';
import type { StartWhat } from '../../../keystore/rollover/start/what.ts';

/** Another operator of the zone, who does its part of RFC 8901 8 and no more. */
export interface Neighbour {
  /** undefined: it was here before. */
  joins(): StartWhat | undefined;
  /** Its servers are named no more, and answer for a while yet. */
  leaves(now: number): StartWhat | undefined;
  /** It takes keys of ours that it has not. @returns since when its caches have them; undefined: it does not answer for the zone */
  knows(zone: ZoneRoll, now: number): number | undefined;
  /** What has happened until now: its servers are named when its keys are everywhere. */
  follow(zone: ZoneRoll, now: number): void;
  /** undefined: it never answered. */
  asOperator(): Operator | undefined;
}

const KEYS = [
  { name: 'KB', role: 'ksk', algorithm: 13, keyTag: 60_001 },
  { name: 'ZB', role: 'zsk', algorithm: 13, keyTag: 60_002 },
] as const;

/** @param delay Dprp of its servers, and how long they are asked after they are named no more */
export function neighbourOf({ keyTtl, signatureTtl }: Pick<RollRules, 'keyTtl' | 'signatureTtl'>, delay: number): Neighbour {
  const dnskey: Version<DnskeyContent>[] = [];
  let service: { from: number; to: number } | undefined;
  const has = (name: string): boolean => dnskey.at(-1)?.content.keys.some(({ id }) => id === name) ?? false;
  const publish = (names: readonly string[], at: number): void => {
    const all = ['KB', 'ZB', ...names];
    dnskey.push({
      at,
      content: { keys: all.map((id) => ({ id, algorithm: 13, revoked: false, sep: id === 'KB' })), signers: ['KB'], ttl: keyTtl },
    });
  };
  const signing = ({ keys }: ZoneRoll): string[] =>
    keys.filter(({ operator, role }) => operator === 'self' && role !== 'ksk').map(({ name }) => name);
  return {
    joins: () => (service === undefined ? { kind: 'join', operator: 'B', keys: KEYS } : undefined),
    leaves(now) {
      if (service === undefined) return undefined;
      service.to = Math.min(service.to, now + delay);
      return { kind: 'leave', operator: 'B', servedUntil: service.to, keyTtl, signatureTtl };
    },
    knows(zone, now) {
      if (service === undefined) return undefined;
      if (signing(zone).some((name) => !has(name))) publish(signing(zone), now);
      return dnskey.at(-1)!.at + delay + keyTtl;
    },
    follow(zone, now) {
      const isReady = zone.roll === undefined && KEYS.every(({ name }) => zone.keys.some((key) => key.name === name && isThere(key)));
      if (!isReady || service !== undefined) return;
      publish(signing(zone), now);
      service = { from: now, to: Number.POSITIVE_INFINITY };
    },
    asOperator: () =>
      service && {
        name: 'B',
        dnskey: historyOf(dnskey),
        data: [{ name: 'data', versions: [{ at: dnskey[0]!.at, content: { signers: ['ZB'], ttl: signatureTtl } }] }],
        dprpC: delay,
        service,
      },
  };
}

const isThere = ({ records: { dnskey, ds } }: ZoneRoll['keys'][number]): boolean =>
  dnskey?.kind === 'omnipresent' || ds?.kind === 'omnipresent';
