import type { LoggedRelease } from '../audit/entry.ts';

/** Stands in the log where a zone without signatures has no time. */
export const UNSIGNED = 'unsigned';

/** When the signatures of a release end, and when they must be made anew. Unix seconds. */
export interface SignatureTimes {
  readonly validUntil: number;
  readonly refreshAt: number;
}

/** @returns undefined where it has no signatures, so that nothing of it ends */
export function signatureTimesOf({ kind, validUntil, refreshAt }: LoggedRelease): SignatureTimes | undefined {
  return kind === undefined ? { validUntil: secondsOf(validUntil), refreshAt: secondsOf(refreshAt) } : undefined;
}

const secondsOf = (iso: string): number => Math.floor(Temporal.Instant.from(iso).epochMilliseconds / 1000);
