import { ENGINE, type EngineParts } from '../../../keystore/rollover/parts.ts';
import { seenOnce } from './defective.ts';
import { type Frame, frameOf, NO_TROUBLE } from './frame.ts';
import { overlap } from './overlapping.ts';
import { type LiveOptions, live } from './world.ts';

/** One member of the engine taken out, and the worlds in which it alone stands between the engine and a disaster. */
export interface Mutation {
  readonly part: keyof EngineParts;
  readonly without: Partial<EngineParts>;
  /** What the worlds are like. */
  readonly worlds: string;
  /** Does the world with this number go wrong under this engine? */
  readonly goesWrong: (seed: number, parts: EngineParts) => boolean;
  /** Where the worlds begin that are looked at, if not with the first. */
  readonly from?: number;
}

type FrameOf = (seed: number) => Partial<Frame>;

export const inWorlds =
  (frame: FrameOf = () => ({}), more: Omit<LiveOptions, 'seed' | 'frame' | 'parts'> = {}) =>
  (seed: number, parts: EngineParts): boolean => {
    const { failure, stranded, isStuck } = live({ seed, frame: frame(seed), parts, ...more });
    return failure !== undefined || stranded !== undefined || isStuck;
  };

const ANY = 'any rollovers, any trouble';
const split = (seed: number): Frame['rules'] => ({ ...frameOf(seed).rules, keys: 'ksk-zsk' });

/** RFC 5011 with a KSK and a ZSK: revoked keys stay as long as RFC 7583 says, or as RFC 5011 advises. */
export const withAnchors =
  (begins: Frame['begins'], kinds: Frame['kinds']): FrameOf =>
  (seed) => {
    const rules = split(seed);
    const methods = { ...rules.methods, algorithm: 'conservative' as const };
    return {
      begins,
      kinds,
      rolls: 2,
      pace: 'exactly',
      trouble: NO_TROUBLE,
      rules: { ...rules, methods, rfc5011: seed % 2 === 0 ? 'advised' : 'minimum' },
    };
  };

const island = inWorlds(withAnchors('island', ['ksk']));
/** Nothing is recorded of the unsigned zone, whose absence of a DNSKEY is in caches all the same. */
const unknown: FrameOf = (seed) => ({
  begins: 'unknown',
  kinds: ['first-signing', 'zsk', 'insecure'],
  trouble: { ...frameOf(seed).trouble, ttlChange: 0 },
});
export const lostKeys: FrameOf = (seed) => ({ begins: 'signed', kinds: ['lost-key'], rolls: 2, rules: split(seed) });
const joined: FrameOf = (seed) => ({
  begins: 'signed',
  kinds: ['join', 'insecure'],
  rolls: 2,
  pace: 'exactly',
  trouble: NO_TROUBLE,
  rules: split(seed),
});
const longAtParent: FrameOf = (seed) => ({ parentTtl: frameOf(seed).rules.dsTtl + 20, trouble: NO_TROUBLE });
/** The parent takes back what it did, and does it again. */
export const undone: FrameOf = () => ({
  kinds: ['ksk', 'csk', 'algorithm', 'to-csk', 'to-split'],
  trouble: { ...NO_TROUBLE, undone: 0.5 },
});
const overlapping = (seed: number, parts: EngineParts): boolean => overlap({ seed, parts }) !== undefined;

export const MUTATIONS: readonly Mutation[] = [
  { part: 'ruleDs', without: { ruleDs: () => true }, worlds: ANY, goesWrong: inWorlds() },
  { part: 'ruleDnskey', without: { ruleDnskey: () => true }, worlds: ANY, goesWrong: inWorlds() },
  { part: 'ruleRrsig', without: { ruleRrsig: () => true }, worlds: ANY, goesWrong: inWorlds() },
  { part: 'isInsecure', without: { isInsecure: () => true }, worlds: ANY, goesWrong: inWorlds() },
  { part: 'isInsecure', without: { isInsecure: () => false }, worlds: 'first signing: nothing would ever begin', goesWrong: inWorlds() },
  { part: 'oldVersions', without: { oldVersions: () => 0 }, worlds: ANY, goesWrong: inWorlds() },
  { part: 'dsgn', without: { dsgn: () => 0 }, worlds: 'Dsgn is not 0', goesWrong: inWorlds() },
  { part: 'dsTtl', without: { dsTtl: () => 0 }, worlds: ANY, goesWrong: inWorlds() },
  {
    part: 'dsTtl',
    without: { dsTtl: (_zone, { dsTtl }) => dsTtl },
    worlds: 'the parent gives out a longer TTL than the rules say',
    goesWrong: inWorlds(longAtParent),
  },
  { part: 'lastDsTrust', without: { lastDsTrust: () => 0 }, worlds: 'a zone goes insecure', goesWrong: inWorlds() },
  {
    part: 'isRequestSettled',
    without: { isRequestSettled: () => true },
    worlds: 'the parent adds the new DS before it removes the old one',
    goesWrong: inWorlds(),
    from: 500,
  },
  {
    part: 'dsSettledFrom',
    without: { dsSettledFrom: () => 0 },
    worlds: 'a DS goes and comes again, and evidence is taken in as if it counted from when the DS was seen first',
    goesWrong: inWorlds(undone, { observes: seenOnce }),
  },
  {
    part: 'wasUnsigned',
    without: { wasUnsigned: () => false },
    worlds: 'first signing of a zone of which no version is known',
    goesWrong: inWorlds(unknown),
  },
  {
    part: 'introduction',
    without: { introduction: () => undefined },
    worlds: 'the private key of the KSK is lost: a DNSKEY RRset with another key in it is signed by nobody',
    goesWrong: inWorlds(lostKeys),
  },
  {
    part: 'withdrawal',
    without: { withdrawal: () => undefined },
    worlds: 'another operator signs with its ZSK while the zone goes insecure',
    goesWrong: inWorlds(joined),
  },
  {
    part: 'withdrawal',
    without: { withdrawal: () => undefined },
    worlds: 'a trust anchor leaves, and is revoked before',
    goesWrong: island,
  },
  {
    part: 'needsHoldDown',
    without: { needsHoldDown: () => false },
    worlds: 'a KSK that is the only trust anchor rolls',
    goesWrong: island,
  },
  { part: 'revokedUntil', without: { revokedUntil: () => 0 }, worlds: 'a KSK that is the only trust anchor rolls', goesWrong: island },
  { part: 'revocation', without: { revocation: () => undefined }, worlds: 'a KSK that is the only trust anchor rolls', goesWrong: island },
  {
    part: 'isHeadOfChain',
    without: { isHeadOfChain: () => true },
    worlds: 'a third key comes before the first has left: start() refuses that',
    goesWrong: overlapping,
  },
  {
    part: 'isCoVisible',
    without: { isCoVisible: () => true },
    worlds: 'several keys come one after the other before any is with all caches: start() refuses that',
    goesWrong: overlapping,
    from: 600,
  },
];

export const withoutPart = (without: Partial<EngineParts>): EngineParts => ({ ...ENGINE, ...without });
