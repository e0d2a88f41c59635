import { toBase64 } from '../../signer/dns/bytes.ts';
import type { VerifyOptions } from '../../signer/verify/options.ts';
import type { Manifest } from './manifest.ts';

/** Forms of a zone in the midst of a rollover that a verifier would not take if it were not told that they are meant. */
export type ExpectedForms = Pick<
  VerifyOptions,
  'unpublishedKeys' | 'unpublishedSignAll' | 'requestedKeys' | 'incompleteAlgorithms' | 'allowDelete'
>;

/** As they stand in MANIFEST. */
export function printedForms({
  unpublishedKeys = [],
  requestedKeys = [],
  incompleteAlgorithms = [],
  allowDelete,
}: ExpectedForms): Manifest['expected'] {
  return [
    ...unpublishedKeys.map((rdata) => ({ form: 'unpublished', dnskey: toBase64(rdata) }) as const),
    ...requestedKeys.map((rdata) => ({ form: 'requested', dnskey: toBase64(rdata) }) as const),
    ...incompleteAlgorithms.map((algorithm) => ({ form: 'incomplete', algorithm }) as const),
    ...(allowDelete === true ? [{ form: 'no-ds' } as const] : []),
  ];
}

/** What {@link printedForms} has written: the same for the verifier on the other side. */
export function readForms(expected: Manifest['expected']): ExpectedForms {
  const rdatas = (wanted: 'unpublished' | 'requested'): readonly Uint8Array[] =>
    expected.flatMap((one) => (one.form === wanted ? [Buffer.from(one.dnskey, 'base64')] : []));
  const unpublished = rdatas('unpublished');
  const requested = rdatas('requested');
  const incomplete = expected.flatMap((one) => (one.form === 'incomplete' ? [one.algorithm] : []));
  return {
    ...(unpublished.length === 0 ? {} : { unpublishedKeys: unpublished, unpublishedSignAll: true }),
    ...(requested.length === 0 ? {} : { requestedKeys: requested }),
    ...(incomplete.length === 0 ? {} : { incompleteAlgorithms: incomplete }),
    ...(expected.some(({ form }) => form === 'no-ds') ? { allowDelete: true } : {}),
  };
}
