import type { RecordName, RecordState, RollKey, ZoneRoll } from '../../../keystore/rollover/model.ts';
import { type Frame, frameOf, NO_TROUBLE, rulesOf } from './frame.ts';
import { randomFrom } from './random.ts';
import { live } from './world.ts';

/** A way to change keys, in worlds in which everything is done in the very second in which it may be. */
export interface Way {
  readonly name: string;
  readonly frame: (seed: number) => Partial<Frame>;
}

/** `keys coming`, `DS changing`: what is waited for, all that was changed at one time. */
export type WaitName = string;

/** Waits that a way has, with how many of the worlds go wrong when each is one second shorter. */
export function bogusWhenShorter({ frame }: Way, seeds: number): ReadonlyMap<WaitName, number> {
  const found = new Map<WaitName, number>();
  for (let seed = 1; seed <= seeds; seed++) {
    const own = frame(seed);
    for (const wait of waitsOf(seed, own)) {
      const { failure, stranded } = live({ seed, frame: own, meddles: shortening(wait) });
      found.set(wait, (found.get(wait) ?? 0) + (failure === undefined && stranded === undefined ? 0 : 1));
    }
  }
  return found;
}

/** All waits of a world, and that it is sound. @throws Error where it is not */
function waitsOf(seed: number, frame: Partial<Frame>): ReadonlySet<WaitName> {
  const waits = new Set<WaitName>();
  const { failure, stranded, isStuck } = live({
    seed,
    frame,
    meddles(zone) {
      for (const { name } of groupsOf(zone)) waits.add(name);
      return zone;
    },
  });
  if (failure !== undefined || stranded !== undefined || isStuck) throw new Error(`seed ${seed} goes wrong with every wait kept`);
  return waits;
}

/** Evidence that comes with a time one second before the true one: what is waited for from there on is over a second too soon. */
function shortening(wait: WaitName): (zone: ZoneRoll) => ZoneRoll {
  const done = new Set<string>();
  return (zone) => {
    let after = zone;
    for (const { name, members, since, from } of groupsOf(zone)) {
      if (name !== wait || from === 'awaited' || done.has(`${since}`)) continue;
      done.add(`${since}`);
      after = { ...after, keys: after.keys.map((key) => earlier(key, members)) };
      const { observed } = after.parent;
      if (wait.startsWith('DS') && observed.kind === 'settled')
        after = { ...after, parent: { ...after.parent, observed: { ...observed, from: observed.from - 1 } } };
    }
    return after;
  };
}

type Member = readonly [key: string, record: RecordName | 'revocation'];

interface Group {
  readonly name: WaitName;
  readonly members: readonly Member[];
  readonly since: number;
  readonly from: number | 'awaited';
}

const CLASSES: Readonly<Record<RecordName, string>> = { dnskey: 'keys', krrsig: 'keys', zrrsig: 'signatures', ds: 'DS' };

/** What changed at one time and is of one kind. */
function groupsOf({ keys }: ZoneRoll): readonly Group[] {
  const groups = new Map<string, { kinds: Set<string>; members: Member[]; since: number; from: number | 'awaited'; what: string }>();
  const add = (what: string, kind: string, member: Member, state: { since: number; from: number | 'awaited' }): void => {
    const id = `${what} ${state.since}`;
    const group = groups.get(id) ?? { kinds: new Set(), members: [], what, ...state };
    group.kinds.add(kind);
    group.members.push(member);
    groups.set(id, group);
  };
  for (const { name, records, revocation } of keys) {
    for (const [record, state] of Object.entries(records) as [RecordName, RecordState][])
      if (state.kind === 'rumoured' || state.kind === 'unretentive')
        add(CLASSES[record], state.kind === 'rumoured' ? 'coming' : 'going', [name, record], state);
    if (revocation.kind === 'revoked' && records.dnskey?.kind === 'omnipresent')
      add('revoked key', 'seen', [name, 'revocation'], revocation);
  }
  return [...groups.values()].map(({ what, kinds, ...group }) => ({
    ...group,
    name: `${what} ${kinds.size > 1 ? 'changing' : [...kinds][0]}`,
  }));
}

function earlier(key: RollKey, members: readonly Member[]): RollKey {
  let changed = key;
  for (const [name, record] of members) {
    if (name !== key.name) continue;
    const { revocation } = changed;
    if (record === 'revocation') {
      if (revocation.kind === 'revoked' && revocation.from !== 'awaited')
        changed = { ...changed, revocation: { ...revocation, from: revocation.from - 1, since: revocation.since - 1 } };
      continue;
    }
    const state = changed.records[record];
    if ((state?.kind === 'rumoured' || state?.kind === 'unretentive') && state.from !== 'awaited')
      changed = { ...changed, records: { ...changed.records, [record]: { ...state, from: state.from - 1 } } };
  }
  return changed;
}

const way =
  (
    methods: Partial<Frame['rules']['methods']>,
    more: Partial<Frame> & { readonly keys?: 'csk' | 'ksk-zsk'; readonly rfc5011?: 'minimum' },
  ) =>
  (seed: number): Partial<Frame> => {
    const { keys = 'ksk-zsk', rfc5011 = 'none', ...frame } = more;
    const rules = rulesOf(randomFrom(seed));
    return {
      begins: 'signed',
      pace: 'exactly',
      rolls: 2,
      mixesMethods: false,
      trouble: NO_TROUBLE,
      ...frame,
      rules: { ...rules, keys, rfc5011, methods: { ...frameOf(1).rules.methods, ...rules.methods, algorithm: 'conservative', ...methods } },
    };
  };

export const WAYS: readonly Way[] = [
  { name: 'ZSK pre-publication', frame: way({ zsk: 'pre-publication' }, { kinds: ['zsk'] }) },
  { name: 'ZSK double-signature', frame: way({ zsk: 'double-signature' }, { kinds: ['zsk'] }) },
  { name: 'KSK double-ksk', frame: way({ ksk: 'double-ksk' }, { kinds: ['ksk'] }) },
  { name: 'KSK double-ds', frame: way({ ksk: 'double-ds' }, { kinds: ['ksk'] }) },
  { name: 'KSK double-rrset', frame: way({ ksk: 'double-rrset' }, { kinds: ['ksk'] }) },
  { name: 'CSK pre-publication', frame: way({ csk: 'pre-publication' }, { kinds: ['csk'], keys: 'csk' }) },
  { name: 'CSK double-signature', frame: way({ csk: 'double-signature' }, { kinds: ['csk'], keys: 'csk' }) },
  { name: 'CSK delayed-signatures', frame: way({ csk: 'delayed-signatures' }, { kinds: ['csk'], keys: 'csk' }) },
  { name: 'CSK double-ds', frame: way({ csk: 'double-ds' }, { kinds: ['csk'], keys: 'csk' }) },
  { name: 'algorithm, conservative', frame: way({}, { kinds: ['algorithm'] }) },
  { name: 'algorithm, liberal', frame: way({ algorithm: 'liberal' }, { kinds: ['algorithm'] }) },
  { name: 'to CSK', frame: way({}, { kinds: ['to-csk'] }) },
  { name: 'to KSK and ZSK', frame: way({}, { kinds: ['to-split'], keys: 'csk' }) },
  { name: 'first signing', frame: way({}, { kinds: ['first-signing'], begins: 'unsigned' }) },
  { name: 'going insecure', frame: way({}, { kinds: ['insecure'] }) },
  { name: 'standby ZSK, emergency', frame: way({}, { kinds: ['standby-zsk', 'emergency'], rolls: 3 }) },
  { name: 'standby KSK by DNSKEY, emergency', frame: way({}, { kinds: ['standby-dnskey', 'emergency'], rolls: 3 }) },
  { name: 'standby KSK by DS, emergency', frame: way({}, { kinds: ['standby-ds', 'emergency'], rolls: 3 }) },
  { name: 'lost key', frame: way({}, { kinds: ['lost-key'] }) },
  { name: 'another operator', frame: way({}, { kinds: ['join', 'leave'] }) },
  { name: 'trust anchor, RFC 5011', frame: way({ ksk: 'double-ksk' }, { kinds: ['ksk'], rfc5011: 'minimum', begins: 'island' }) },
];
