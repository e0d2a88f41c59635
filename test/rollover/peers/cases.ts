import type { Parameters, PeerKey, PeerPolicy } from './schedule.ts';

export const HOUR = 3600;
export const DAY = 24 * HOUR;

const BASE: Parameters = { DprpC: HOUR, DprpP: HOUR, TTLkey: HOUR, TTLsig: DAY, TTLds: DAY, Dsgn: 0 };
const SLOW: Parameters = { ...BASE, Dsgn: 7 * DAY };

const ksk = (lifetime?: number): PeerKey => ({ role: 'ksk', algorithm: 13, ...(lifetime === undefined ? {} : { lifetime }) });
const zsk = (lifetime?: number): PeerKey => ({ role: 'zsk', algorithm: 13, ...(lifetime === undefined ? {} : { lifetime }) });
const pairOf = (algorithm: 8 | 13): readonly PeerKey[] => [
  { role: 'ksk', algorithm },
  { role: 'zsk', algorithm },
];

/** The zone is long signed, everything of it in all caches. */
const STEADY = 5 * DAY;

export const ZSK_PREPUB_A: PeerPolicy = { id: 'ZSK-PREPUB-a', parameters: SLOW, keys: [ksk(), zsk(30 * DAY)], lead: 0, horizon: 45 * DAY };
export const ZSK_PREPUB_B: PeerPolicy = { ...ZSK_PREPUB_A, id: 'ZSK-PREPUB-b', parameters: BASE };
/** Looked at in the second before Tpub(N+1) and in that second: named announces no event for the next KSK. */
const KSK_LOOKS = [60 * DAY - 2 * HOUR - 1, 60 * DAY - 2 * HOUR];
export const KSK_DKSK_A: PeerPolicy = {
  id: 'KSK-DKSK-a',
  parameters: BASE,
  keys: [ksk(60 * DAY), zsk()],
  lead: 0,
  horizon: 70 * DAY,
  looks: KSK_LOOKS,
};
/** The parent takes half a day. */
export const KSK_DKSK_B: PeerPolicy = { ...KSK_DKSK_A, id: 'KSK-DKSK-b', parameters: { ...BASE, Dreg: 12 * HOUR } };
/** A margin of an hour for what has to be out of caches. */
export const KSK_DKSK_MARGIN: PeerPolicy = { ...KSK_DKSK_A, id: 'KSK-DKSK-margin', parameters: { ...BASE, retireSafety: HOUR } };
export const CSK_PREPUB_A: PeerPolicy = {
  id: 'CSK-PREPUB-a',
  parameters: SLOW,
  keys: [{ role: 'csk', algorithm: 13, lifetime: 50 * DAY }],
  lead: 0,
  horizon: 65 * DAY,
};
export const FIRST_A: PeerPolicy = { id: 'FIRST-a', parameters: BASE, keys: [ksk(), zsk()], lead: 0, horizon: 4 * DAY };
export const ALGORITHM_A: PeerPolicy = {
  id: 'ALG-CONS-a',
  parameters: BASE,
  keys: pairOf(8),
  lead: STEADY,
  change: { kind: 'keys', keys: pairOf(13) },
  horizon: 6 * DAY,
};
export const INSECURE_A: PeerPolicy = {
  id: 'INSECURE-a',
  parameters: BASE,
  keys: [ksk(), zsk()],
  lead: STEADY,
  change: { kind: 'insecure' },
  horizon: 6 * DAY,
};

export const NAMED_CASES = [
  ZSK_PREPUB_A,
  ZSK_PREPUB_B,
  KSK_DKSK_A,
  KSK_DKSK_B,
  KSK_DKSK_MARGIN,
  CSK_PREPUB_A,
  FIRST_A,
  ALGORITHM_A,
  INSECURE_A,
] as const;
export const KNOT_CASES = [ZSK_PREPUB_B, KSK_DKSK_A, CSK_PREPUB_A, FIRST_A, ALGORITHM_A] as const;
