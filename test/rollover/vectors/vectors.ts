import { readFileSync } from 'node:fs';
import type { Methods, RollRules } from '../../../keystore/rollover/model.ts';

/** What the engine does otherwise, on purpose. */
interface Differs {
  readonly ours: string;
  readonly because: string;
}

export interface VectorInterval {
  readonly interval: string;
  readonly is: string;
  /** Function of timing.ts. */
  readonly by: string;
  /** Parameter that is on top of it. */
  readonly margin?: string;
  readonly differs?: Differs;
}

export interface VectorEvent {
  readonly event: string;
  readonly rel: string;
  readonly abs: string;
  readonly move: string;
  /** Which of the two minima of a revoked key; absent: that of RFC 7583 3.3.4. */
  readonly rfc5011?: RollRules['rfc5011'];
  readonly differs?: Differs;
}

export interface Vector {
  readonly id: string;
  readonly source: string;
  readonly method: string;
  /** By the symbols of RFC 7583, and the margins of a policy by their names. */
  readonly params: Readonly<Record<string, string>>;
  /** lifetime: that of key N is over; else by hand. */
  readonly start: 'lifetime' | 'ksk' | 'csk' | 'first-signing' | 'algorithm' | 'insecure' | 'to-csk';
  readonly keys?: 'csk';
  readonly methods?: Partial<Methods>;
  /** Nobody is at the machine. */
  readonly absent?: { readonly from: string; readonly until: string };
  readonly note?: string;
  readonly intervals: readonly VectorInterval[];
  readonly events: readonly VectorEvent[];
}

export const { epoch: EPOCH, vectors: VECTORS } = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as {
  readonly epoch: string;
  readonly vectors: readonly Vector[];
};

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, min: 60, s: 1 };

/** `8d1h` in seconds. @throws Error for anything else */
export function seconds(text: string): number {
  if (!/^(\d+(d|h|min|s))+$/.test(text)) throw new Error(`"${text}" is no span`);
  return [...text.matchAll(/(\d+)([a-z]+)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
}
