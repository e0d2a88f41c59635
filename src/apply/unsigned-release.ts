import { Refusal } from '../../signer/errors.ts';
import type { Manifest } from '../release/manifest.ts';
import type { ApplyState } from './apply-state.ts';

/**
 * Does the release take the signatures off a zone? By the record of what was applied; without a record the zone may be served signed, whoever placed it.
 */
export function endsSignatures({ kind }: Manifest, state: ApplyState | undefined): boolean {
  return kind === 'unsigned' && state?.releases.at(-1)?.kind !== 'unsigned';
}

/**
 * What has to be true of the parent, which this side cannot see.
 * @see RFC 4035 5.2
 */
export function unsignedWords({ zone, serial }: Manifest): string {
  return (
    `serial ${serial} of ${zone} has no signatures: the zone goes insecure. Its parent must have no DS of it any more, and caches must have ` +
    'forgotten it; otherwise resolvers find the zone bogus. The signing side has waited for that before it made the release'
  );
}

export const unsignedCheck = ({ zone }: Manifest): string =>
  `at each server of the parent dig +norecurse DS ${zone} @SERVER has to give no answer, for as long as the TTL of the DS was`;

/** @throws Refusal release/unsigned */
export function refuseUnsigned(manifest: Manifest): never {
  throw new Refusal(
    'release/unsigned',
    unsignedWords(manifest),
    `see for yourself: ${unsignedCheck(manifest)}; then apply it with --accept-unsigned`,
  );
}
