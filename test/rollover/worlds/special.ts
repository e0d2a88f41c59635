import { type Frame, frameOf, mixed, NO_TROUBLE } from './frame.ts';
import { withAnchors } from './mutations.ts';
import { randomFrom } from './random.ts';

/** Worlds of one sort. */
export interface Sort {
  readonly name: string;
  readonly frame: (seed: number) => Partial<Frame>;
  readonly worlds: number;
  /** What must have happened, in one of twenty at least. */
  readonly shows: readonly string[];
}

/** Evidence as an adversary would have it: late, twice, contradicting, of servers that go back and of a parent that does so. */
const ADVERSARY = { delayed: 0.3, contradicted: 0.5, wentBack: 0.15, undone: 0.2 };

const troubled = (seed: number): Frame['trouble'] => {
  const extra = mixed(randomFrom(seed ^ 0xadde), ADVERSARY);
  // A request that is turned back meets what the parent undoes, and then nobody knows what it does last.
  const { cancelled } = extra.undone > 0 ? NO_TROUBLE : frameOf(seed).trouble;
  return { ...frameOf(seed).trouble, ...pick(extra), cancelled };
};

const pick = ({ delayed, contradicted, wentBack, undone }: Frame['trouble']) => ({ delayed, contradicted, wentBack, undone });

const of =
  (kinds: Frame['kinds'], more: Partial<Frame> = {}) =>
  (seed: number): Partial<Frame> => {
    const { rules } = frameOf(seed);
    const methods = { ...rules.methods, algorithm: 'conservative' as const };
    return { begins: 'signed', kinds, rolls: 4, trouble: troubled(seed), ...more, rules: { ...rules, methods, keys: 'ksk-zsk' } };
  };

/** Some rollovers are turned back. */
const turning =
  (frame: Sort['frame']): Sort['frame'] =>
  (seed) => ({ ...frame(seed), trouble: { ...NO_TROUBLE, cancelled: 0.15 } });

export const SORTS: readonly Sort[] = [
  {
    name: 'any rollovers with an adversary at the evidence',
    frame: (seed) => ({ trouble: troubled(seed) }),
    worlds: 600,
    shows: ['delayed', 'contradicted', 'wentBack', 'undone'],
  },
  {
    name: 'islands of security, with a DS some day',
    frame: of(['island', 'zsk', 'ksk', 'first-signing', 'insecure'], { begins: 'unsigned' }),
    worlds: 300,
    shows: ['island', 'zsk', 'ksk', 'first-signing'],
  },
  {
    name: 'standby keys, and emergencies with and without',
    frame: of(['standby-zsk', 'standby-dnskey', 'standby-ds', 'standby-none', 'emergency', 'zsk', 'ksk']),
    worlds: 400,
    shows: ['standby-zsk', 'standby-dnskey', 'standby-ds', 'standby-none', 'emergency'],
  },
  {
    name: 'private keys that are gone, with and without a standby',
    frame: of(['lost-key', 'standby-zsk', 'standby-dnskey', 'standby-ds']),
    worlds: 300,
    shows: ['lost-key', 'standby-zsk', 'standby-dnskey', 'standby-ds'],
  },
  {
    name: 'another operator comes and goes',
    frame: of(['join', 'join', 'leave', 'leave', 'leave', 'leave', 'ksk', 'zsk', 'insecure', 'standby-zsk'], { rolls: 6 }),
    worlds: 400,
    shows: ['join', 'leave', 'ksk', 'zsk'],
  },
  {
    name: 'trust anchors with a DS',
    frame: turning(withAnchors('signed', ['ksk', 'zsk', 'algorithm', 'standby-dnskey', 'standby-none', 'insecure'])),
    worlds: 60,
    shows: ['ksk', 'algorithm', 'insecure'],
  },
  {
    name: 'trust anchors alone',
    frame: turning(withAnchors('island', ['ksk', 'zsk', 'insecure'])),
    worlds: 60,
    shows: ['ksk', 'insecure'],
  },
  {
    name: 'a trust anchor of two is revoked',
    frame: turning((seed) => ({ ...withAnchors('signed', ['revoke', 'ksk'])(seed), hasSpareKsk: true })),
    worlds: 40,
    shows: ['revoke', 'ksk'],
  },
];
