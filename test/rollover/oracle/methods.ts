import { BEGINNING as B, endingWith, type Method, type Times, type Waits, worldOf } from './world.ts';

/**
 * Timelines of the methods from the formulas of the RFCs alone. Time 0 is the first change; each wait is kept to the second. Dsgn is in the data: the
 * last RRset changes Dsgn after the first.
 */

const w = (waits: Waits, name: string): number => waits[name] as number;
const dsWait = ({ DprpP, TTLds }: Times) => DprpP + TTLds;
const keyWait = ({ DprpC, TTLkey }: Times) => DprpC + TTLkey;
const sigWait = ({ Dsgn, DprpC, TTLsig }: Times) => Dsgn + DprpC + TTLsig;

/** RFC 7583 3.2.1. */
const zskPrePublication: Method = {
  waits: (t) => ({ Ipub: keyWait(t), Iret: sigWait(t) }),
  world: (t, waits) => {
    const act = w(waits, 'Ipub');
    return worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [0, 'K1 Z1 Z2/K1'],
        [act + w(waits, 'Iret'), 'K1 Z2/K1'],
      ],
      data: [
        [B, 'Z1'],
        [act, 'Z2'],
      ],
      parent: [[B, 'K1']],
    });
  },
};

/** RFC 7583 3.2.2. The old key and its signatures leave in one version: a last RRset is not left with it. */
const zskDoubleSignature: Method = {
  waits: (t) => ({ Iret: t.Dsgn + t.DprpC + Math.max(t.TTLkey, t.TTLsig) }),
  world: (t, waits) => {
    const dead = w(waits, 'Iret');
    const added = worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [0, 'K1 Z1 Z2/K1'],
        [dead, 'K1 Z2/K1'],
      ],
      data: [
        [B, 'Z1'],
        [0, 'Z1 Z2'],
      ],
      parent: [[B, 'K1']],
    });
    return endingWith(added, dead, 'Z2');
  },
};

/** RFC 7583 2.1: signatures first, then the key swap, then the old signatures go. */
const zskDoubleRrsig: Method = {
  waits: (t) => ({ Isig: sigWait(t), Ikey: keyWait(t) }),
  world: (t, waits) => {
    const swap = w(waits, 'Isig');
    return worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [swap, 'K1 Z2/K1'],
      ],
      data: [
        [B, 'Z1'],
        [0, 'Z1 Z2'],
        [swap + w(waits, 'Ikey'), 'Z2'],
      ],
      parent: [[B, 'K1']],
    });
  },
};

/** RFC 7583 3.3.1. */
const doubleKsk: Method = {
  waits: (t) => ({ IpubC: keyWait(t), Iret: dsWait(t) }),
  world: (t, waits) => {
    const act = w(waits, 'IpubC') + t.Dreg;
    return worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [0, 'K1 K2 Z1/K1 K2'],
        [act + w(waits, 'Iret'), 'K2 Z1/K2'],
      ],
      data: [[B, 'Z1']],
      parent: [
        [B, 'K1'],
        [act, 'K2'],
      ],
    });
  },
};

/** RFC 7583 3.3.2. Time 0: the DS is in the parent zone. */
const doubleDs: Method = {
  waits: (t) => ({ IpubP: dsWait(t), Iret: keyWait(t) }),
  world: (t, waits) => {
    const act = w(waits, 'IpubP');
    return worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [act, 'K2 Z1/K2'],
      ],
      data: [[B, 'Z1']],
      parent: [
        [B, 'K1'],
        [0, 'K1 K2'],
        [act + w(waits, 'Iret'), 'K2'],
      ],
    });
  },
};

/** RFC 7583 3.3.3: Ipub = max(Dreg + IpubP, IpubC). */
const doubleRrset: Method = {
  waits: (t) => ({ Ipub: Math.max(t.Dreg + dsWait(t), keyWait(t)) }),
  world: (t, waits) => {
    const dead = w(waits, 'Ipub');
    return worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [0, 'K1 K2 Z1/K1 K2'],
        [dead, 'K2 Z1/K2'],
      ],
      data: [[B, 'Z1']],
      parent: [
        [B, 'K1'],
        [t.Dreg, 'K1 K2'],
        [dead, 'K2'],
      ],
    });
  },
};

/** RFC 6781 4.1.4, figure 8. */
const algorithmConservative: Method = {
  waits: (t) => ({ signatures: sigWait(t), keys: keyWait(t), ds: dsWait(t), withoutKeys: keyWait(t) }),
  world: (t, waits) => {
    const publish = w(waits, 'signatures');
    const swap = publish + w(waits, 'keys') + t.Dreg;
    const withdraw = swap + w(waits, 'ds');
    return worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [publish, 'K1 Z1 Kn Zn/K1 Kn'],
        [withdraw, 'Kn Zn/Kn'],
      ],
      data: [
        [B, 'Z1'],
        [0, 'Z1 Zn'],
        [withdraw + w(waits, 'withoutKeys'), 'Zn'],
      ],
      parent: [
        [B, 'K1'],
        [swap, 'Kn'],
      ],
    });
  },
};

/** RFC 6781 4.1.4, the liberal approach: keys and signatures together. */
const algorithmLiberal: Method = {
  waits: (t) => ({ both: Math.max(sigWait(t), keyWait(t)), ds: dsWait(t) }),
  world: (t, waits) => {
    const swap = w(waits, 'both') + t.Dreg;
    const withdraw = swap + w(waits, 'ds');
    const added = worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [0, 'K1 Z1 Kn Zn/K1 Kn'],
        [withdraw, 'Kn Zn/Kn'],
      ],
      data: [
        [B, 'Z1'],
        [0, 'Z1 Zn'],
      ],
      parent: [
        [B, 'K1'],
        [swap, 'Kn'],
      ],
    });
    return endingWith(added, withdraw, 'Zn');
  },
};

/** RFC 6781 4.1.3, figure 6. */
const cskStraightforward: Method = {
  waits: (t) => ({ both: Math.max(keyWait(t), sigWait(t)), ds: dsWait(t) }),
  world: (t, waits) => {
    const swap = w(waits, 'both') + t.Dreg;
    const dead = swap + w(waits, 'ds');
    const added = worldOf(t, {
      keys: [
        [B, 'C1/C1'],
        [0, 'C1 C2/C1 C2'],
        [dead, 'C2/C2'],
      ],
      data: [
        [B, 'C1'],
        [0, 'C1 C2'],
      ],
      parent: [
        [B, 'C1'],
        [swap, 'C2'],
      ],
    });
    return endingWith(added, dead, 'C2');
  },
};

/** RFC 6781 4.1.3: the DS first, the signatures over data when the old DS is gone. */
const cskDelayedSignatures: Method = {
  waits: (t) => ({ Ipub: keyWait(t), IretK: dsWait(t), IretZ: sigWait(t) }),
  world: (t, waits) => {
    const swap = w(waits, 'Ipub') + t.Dreg;
    const sign = swap + w(waits, 'IretK');
    return worldOf(t, {
      keys: [
        [B, 'C1/C1'],
        [0, 'C1 C2/C1 C2'],
        [sign + w(waits, 'IretZ'), 'C2/C2'],
      ],
      data: [
        [B, 'C1'],
        [sign, 'C2'],
      ],
      parent: [
        [B, 'C1'],
        [swap, 'C2'],
      ],
    });
  },
};

/** RFC 6781 4.1.3: signatures and DS change together. The old CSK leaves when both of its roles are dead. */
const cskPrePublication: Method = {
  waits: (t) => ({ Ipub: keyWait(t), IretK: dsWait(t), IretZ: sigWait(t) }),
  world: (t, waits) => {
    const act = w(waits, 'Ipub');
    const removed = act + Math.max(t.Dreg + w(waits, 'IretK'), w(waits, 'IretZ'));
    return worldOf(t, {
      keys: [
        [B, 'C1/C1'],
        [0, 'C1 C2/C1 C2'],
        [removed, 'C2/C2'],
      ],
      data: [
        [B, 'C1'],
        [act, 'C2'],
      ],
      parent: [
        [B, 'C1'],
        [act + t.Dreg, 'C2'],
      ],
    });
  },
};

/** RFC 6781 4.1.3, figure 7: DNSKEY and DS of both, then all signatures change, then the old key leaves. */
const cskDoubleDs: Method = {
  waits: (t) => ({ Ipub: Math.max(keyWait(t), t.Dreg + dsWait(t)), Iret: Math.max(keyWait(t), sigWait(t)) }),
  world: (t, waits) => {
    const act = w(waits, 'Ipub');
    const dead = act + w(waits, 'Iret');
    return worldOf(t, {
      keys: [
        [B, 'C1/C1'],
        [0, 'C1 C2/C1'],
        [act, 'C1 C2/C2'],
        [dead, 'C2/C2'],
      ],
      data: [
        [B, 'C1'],
        [act, 'C2'],
      ],
      parent: [
        [B, 'C1'],
        [t.Dreg, 'C1 C2'],
        [dead, 'C2'],
      ],
    });
  },
};

/** KSK and ZSK become a CSK, with signatures by both meanwhile. */
const splitToCsk: Method = {
  waits: (t) => ({ Ipub: keyWait(t), Isig: sigWait(t), Iret: dsWait(t) }),
  world: (t, waits) => {
    const both = w(waits, 'Ipub');
    const oldZskOut = both + w(waits, 'Isig');
    const oldKskOut = both + t.Dreg + w(waits, 'Iret');
    const [early, late] = oldZskOut < oldKskOut ? ['K1 C2/K1 C2', 'C2/C2'] : ['Z1 C2/C2', 'C2/C2'];
    return worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [0, 'K1 Z1 C2/K1 C2'],
        [Math.min(oldZskOut, oldKskOut), early],
        [Math.max(oldZskOut, oldKskOut), late],
      ],
      data: [
        [B, 'Z1'],
        [both, 'C2'],
      ],
      parent: [
        [B, 'K1'],
        [both + t.Dreg, 'C2'],
      ],
    });
  },
};

/** A CSK becomes KSK and ZSK. */
const cskToSplit: Method = {
  waits: (t) => ({ Ipub: keyWait(t), Isig: sigWait(t), Iret: dsWait(t) }),
  world: (t, waits) => {
    const swap = w(waits, 'Ipub');
    const removed = swap + Math.max(w(waits, 'Isig'), t.Dreg + w(waits, 'Iret'));
    return worldOf(t, {
      keys: [
        [B, 'C1/C1'],
        [0, 'C1 K2 Z2/C1 K2'],
        [removed, 'K2 Z2/K2'],
      ],
      data: [
        [B, 'C1'],
        [swap, 'Z2'],
      ],
      parent: [
        [B, 'C1'],
        [swap + t.Dreg, 'K2'],
      ],
    });
  },
};

/** RFC 7583 3.3.5 says only "not before"; negative answers from the unsigned zone are waited for as well. */
const firstSigning: Method = {
  insecure: true,
  waits: (t) => ({ key: t.DprpC + t.TTLneg, sig: t.Dsgn + t.DprpC + Math.max(t.TTLsig, t.TTLneg) }),
  world: (t, waits) =>
    worldOf(t, {
      keys: [
        [B, ''],
        [0, 'K1 Z1/K1'],
      ],
      data: [
        [B, ''],
        [0, 'Z1'],
      ],
      parent: [
        [B, ''],
        [Math.max(w(waits, 'key'), w(waits, 'sig')), 'K1'],
      ],
    }),
};

/** RFC 8078 4, RFC 6781 4.2.1.2. Who validated the DNSKEY RRset in the last second of the DS RRset uses it for TTLkey more. */
const goingInsecure: Method = {
  insecure: true,
  waits: (t) => ({ Iret: dsWait(t), trust: t.TTLkey }),
  world: (t, waits) => {
    const unsigned = w(waits, 'Iret') + w(waits, 'trust');
    return worldOf(t, {
      keys: [
        [B, 'K1 Z1/K1'],
        [unsigned, ''],
      ],
      data: [
        [B, 'Z1'],
        [unsigned, ''],
      ],
      parent: [
        [B, 'K1'],
        [0, ''],
      ],
    });
  },
};

export const METHODS = {
  'ZSK Pre-Publication': zskPrePublication,
  'ZSK Double-Signature': zskDoubleSignature,
  'ZSK Double-RRSIG': zskDoubleRrsig,
  'KSK Double-KSK': doubleKsk,
  'KSK Double-DS': doubleDs,
  'KSK Double-RRset': doubleRrset,
  'Algorithm rollover, conservative': algorithmConservative,
  'Algorithm rollover, liberal': algorithmLiberal,
  'CSK straightforward': cskStraightforward,
  'CSK delayed signatures': cskDelayedSignatures,
  'CSK pre-publication': cskPrePublication,
  'CSK Double-DS': cskDoubleDs,
  'KSK and ZSK to CSK': splitToCsk,
  'CSK to KSK and ZSK': cskToSplit,
  'First signing': firstSigning,
  'Going insecure': goingInsecure,
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof METHODS;
