/**
 * What a program did with the keys of one zone, as it can be told of every program. Data that survives JSON.
 *
 * `publish` DNSKEY in the zone · `ready` DNSKEY in all caches · `sign` signatures over zone data begin, with the DNSKEY in the zone or without ·
 * `signed` they are in all caches · `ds-submit` the DS is asked for · `ds-ready` it is in all caches · `ds-withdraw` the DS is asked away ·
 * `ds-gone` out of all caches · `retire` signs no zone data any more · `dead` its signatures are out of all caches · `remove` DNSKEY out of the
 * zone · `gone` out of all caches
 */
export type PeerAct =
  | 'publish'
  | 'ready'
  | 'sign'
  | 'signed'
  | 'ds-submit'
  | 'ds-ready'
  | 'ds-withdraw'
  | 'ds-gone'
  | 'retire'
  | 'dead'
  | 'remove'
  | 'gone';

export interface PeerEvent {
  /** Seconds from T0. */
  readonly at: number;
  /** Role and number in the order in which the program made them: `zsk2`. */
  readonly key: string;
  readonly act: PeerAct;
}

/** The parameters of a case in the symbols of RFC 7583, in seconds. */
export interface Parameters {
  readonly DprpC: number;
  readonly DprpP: number;
  readonly TTLkey: number;
  readonly TTLsig: number;
  readonly TTLds: number;
  /** The programs have it as validity and refresh of signatures: Dsgn is their difference. */
  readonly Dsgn: number;
  /** How long the parent takes to do what it is asked for. Undefined: 0. */
  readonly Dreg?: number;
  /** Beside the intervals of the RFC: what is added to waits for something to be out of caches. Undefined: 0. */
  readonly retireSafety?: number;
}

export interface PeerKey {
  readonly role: 'ksk' | 'zsk' | 'csk';
  readonly algorithm: 8 | 13;
  /** Undefined: unlimited. */
  readonly lifetime?: number;
}

/** A case: the keys a zone has from the start on, and what the operator does at T0. */
export interface PeerPolicy {
  readonly id: string;
  readonly parameters: Parameters;
  readonly keys: readonly PeerKey[];
  /** Seconds before T0 at which the zone is signed for the first time. */
  readonly lead: number;
  readonly change?: { readonly kind: 'keys'; readonly keys: readonly PeerKey[] } | { readonly kind: 'insecure' };
  /** Seconds from T0 at which the program looks at the keys besides, in order: for what it announces nowhere. */
  readonly looks?: readonly number[];
  /** Seconds after T0 at which there is no more to see. */
  readonly horizon: number;
}

/** Second of the first such event. @throws Error with all there are, where there is none */
export function when(events: readonly PeerEvent[], key: string, act: PeerAct): number {
  const found = events.find((event) => event.key === key && event.act === act);
  if (found === undefined) throw new Error(`no ${act} of ${key} in ${JSON.stringify(events)}`);
  return found.at;
}

/** `30d`, `8d1h`: for messages and documents. */
export function span(seconds: number): string {
  if (seconds === 0) return '0';
  const sign = seconds < 0 ? '-' : '';
  const rest = Math.abs(seconds);
  const parts: [number, string][] = [
    [Math.floor(rest / 86400), 'd'],
    [Math.floor(rest / 3600) % 24, 'h'],
    [Math.floor(rest / 60) % 60, 'm'],
    [rest % 60, 's'],
  ];
  return sign + parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('');
}
