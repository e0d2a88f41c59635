import type { PeerAct } from './schedule.ts';

/** The state of one record of a key in the eyes of all caches, as named writes it; `na` where the key has no such record. */
export type RecordState = 'hidden' | 'rumoured' | 'omnipresent' | 'unretentive' | 'na';

export interface NamedStates {
  readonly dnskey: RecordState;
  readonly zrrsig: RecordState;
  readonly ds: RecordState;
}

export interface NamedKey {
  readonly label: string;
  readonly tag: number;
  readonly algorithm: number;
  readonly role: 'ksk' | 'zsk' | 'csk';
  readonly states: NamedStates;
  /** The operator has said that the DS is at the parent. */
  readonly isDsSeen: boolean;
  readonly isDsGone: boolean;
}

/** @param name of the file: `Kzone.example.+013+12345.state` */
export function readNamedKey(text: string, name: string): NamedKey {
  const fields = new Map([...text.matchAll(/^(\w+): (.*)$/gm)].map((found) => [found[1]!, found[2]!]));
  const [, algorithm, tag] = /\+(\d{3})\+(\d{5})\.state$/.exec(name) ?? [];
  const state = (field: string): RecordState => (fields.get(field) as RecordState | undefined) ?? 'na';
  const isKsk = fields.get('KSK') === 'yes';
  const isZsk = fields.get('ZSK') === 'yes';
  return {
    label: '',
    tag: Number(tag),
    algorithm: Number(algorithm),
    role: isKsk && isZsk ? 'csk' : isKsk ? 'ksk' : 'zsk',
    states: { dnskey: state('DNSKEYState'), zrrsig: state('ZRRSIGState'), ds: state('DSState') },
    isDsSeen: fields.has('DSPublish'),
    isDsGone: fields.has('DSRemoved'),
  };
}

const ACTS: Readonly<Record<keyof NamedStates, Partial<Record<RecordState, PeerAct>>>> = {
  dnskey: { rumoured: 'publish', omnipresent: 'ready', unretentive: 'remove', hidden: 'gone' },
  zrrsig: { rumoured: 'sign', omnipresent: 'signed', unretentive: 'retire', hidden: 'dead' },
  ds: { rumoured: 'ds-submit', omnipresent: 'ds-ready', unretentive: 'ds-withdraw', hidden: 'ds-gone' },
};

/** All that the state files of named tell of. */
export const NAMED_ACTS: ReadonlySet<PeerAct> = new Set(Object.values(ACTS).flatMap((acts) => Object.values(acts)));

/** What a change of states means; a key that is new begins hidden. */
export function namedActs(before: NamedStates | undefined, after: NamedStates): readonly PeerAct[] {
  const records = ['dnskey', 'zrrsig', 'ds'] as const;
  return records.flatMap((record) => {
    const was = before?.[record] ?? 'hidden';
    const act = ACTS[record][after[record]];
    return was === after[record] || act === undefined ? [] : [act];
  });
}
