import { fromBase64 } from '../../signer/dns/bytes.ts';
import { dnskeyAlgorithm, dnskeyRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import { parseNote } from '../audit/note.ts';
import { type Manifest, parseManifest } from '../release/manifest.ts';
import type { KnownKey } from './ds-names.ts';
import type { DnskeyRecord } from './evidence-file.ts';

/** Keys in the DNSKEY RRset of a release. */
export type ReleasedKeys = Manifest['keys'];

/** @param manifest octets of the signed MANIFEST of the release */
export function releasedKeys(manifest: Uint8Array): ReleasedKeys {
  return parseManifest(parseNote(new TextDecoder().decode(manifest)).text).keys;
}

/**
 * What a server has in its DNSKEY RRset that the release has not, and the other way round; undefined: they are the same. Which key a record is of is
 * told by its public key: tag, algorithm and flags alone name none.
 */
export function otherKeys(served: readonly DnskeyRecord[], released: ReleasedKeys, known: readonly KnownKey[]): string | undefined {
  const publicKeys = new Set(known.map(({ dnskey }) => publicKeyOf(dnskey)));
  const found = served.map((record) => {
    const rdata = dnskeyRdata(record.flags, record.algorithm, fromBase64(record.publicKey)!);
    const words = wordsOf({ tag: keyTag(rdata), algorithm: record.algorithm, flags: record.flags });
    return publicKeys.has(publicKeyOf(rdata)) ? words : `${words} of somebody else`;
  });
  const wanted = released.map(wordsOf);
  const more = found.filter((words) => !wanted.includes(words));
  const less = wanted.filter((words) => !found.includes(words));
  if (more.length + less.length === 0) return undefined;
  return [...(more.length === 0 ? [] : [`has ${more.join(', ')}`]), ...(less.length === 0 ? [] : [`lacks ${less.join(', ')}`])].join(
    ' and ',
  );
}

const wordsOf = ({ tag, algorithm, flags }: ReleasedKeys[number]): string => `DNSKEY ${tag}/${algorithm} with flags ${flags}`;

const publicKeyOf = (rdata: Uint8Array): string => `${dnskeyAlgorithm(rdata)} ${Buffer.from(rdata.subarray(4)).toString('base64')}`;
