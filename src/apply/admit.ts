import { Refusal } from '../../signer/errors.ts';
import { isoText } from '../config/time-text.ts';
import type { Manifest } from '../release/manifest.ts';

export interface Admission {
  /** Unix seconds. */
  readonly now: number;
  /** Practice releases are let in. */
  readonly practice: boolean;
}

/**
 * May this release be used here and now? Its signatures hold from valid-from until valid-until; a catalog has none, and no such times.
 * @throws Refusal release/practice, release/not-yet-valid, release/expired
 */
export function admit({ zone, serial, mode, validFrom, validUntil }: Manifest, { now, practice }: Admission): void {
  if (mode === 'practice' && !practice) {
    throw new Refusal(
      'release/practice',
      `serial ${serial} of ${zone} was made in practice mode`,
      'take the release of the production workspace; to practise on this side too, say so: --practice, or practice: true',
    );
  }
  if (validFrom !== undefined && now < secondsOf(validFrom)) {
    throw new Refusal(
      'release/not-yet-valid',
      `serial ${serial} of ${zone} is valid from ${validFrom}, and it is ${isoText(now)}`,
      'wait until then; if the clock of this machine is wrong, set it first',
    );
  }
  if (validUntil !== undefined && now >= secondsOf(validUntil)) {
    throw new Refusal(
      'release/expired',
      `serial ${serial} of ${zone} was valid until ${validUntil}, and it is ${isoText(now)}: its first signature has expired`,
      'take a newer release, or have one made; if the clock of this machine is wrong, set it first',
    );
  }
}

const secondsOf = (text: string): number => Math.floor(Temporal.Instant.from(text).epochMilliseconds / 1000);
