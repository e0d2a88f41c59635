import { describeShape } from '../../keystore/key.ts';
import type { GeneratedKeyPair } from '../../keystore/key-generation.ts';
import { type Pkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { algorithmLabel, algorithmNumberFromText } from '../../signer/dnssec/algorithm.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import { type Output, openToken, type TokenOptions, toJson } from './token-access.ts';

export interface KeyGenerateOptions extends TokenOptions {
  readonly zone: string;
  readonly role: string;
  /** Number or mnemonic; default 13. */
  readonly algorithm?: string;
  /** RSA only. */
  readonly bits?: number;
  readonly avoidTags?: readonly number[];
  /** It may leave the token, wrapped. */
  readonly wrappable?: boolean;
}

/** `key generate`: token → new key pair, proved → its URI. */
export async function keyGenerate(options: KeyGenerateOptions, out: Output, notes: Output): Promise<void> {
  const zone = parseZone(options.zone);
  const role = parseRole(options.role);
  const algorithm = parseAlgorithm(options.algorithm ?? '13');
  const { bits, avoidTags, wrappable = false } = options;
  await using keystore = await openToken(options, notes);
  const wish = {
    zone,
    role,
    algorithm,
    wrappable,
    ...(bits === undefined ? {} : { bits }),
    ...(avoidTags === undefined ? {} : { avoidTags }),
  };
  const made = await keystore.generate(wish);
  const uri = printPkcs11Uri(keyUri(keystore.uri, made.id));
  for (const note of remarks(made)) notes.write(`${note}\n`);
  out.write(options.json === true ? toJson(describe(made, role, algorithm, uri)) : `${uri}\n`);
}

export function keyUri(token: Pkcs11Uri, id: Uint8Array): Pkcs11Uri {
  return { ...token, id, type: 'private' };
}

export function parseZone(text: string): Uint8Array {
  try {
    return parseName(text);
  } catch (cause) {
    throw new Refusal('usage/bad-zone', `"${text}" is not a zone name: ${(cause as Error).message}`, 'write the name as in a zone file', {
      cause,
    });
  }
}

export function parseRole(text: string): KeyRole {
  const role = text.toLowerCase();
  if (role === 'ksk' || role === 'zsk' || role === 'csk') return role;
  throw new Refusal('usage/bad-role', `"${text}" is no key role`, 'use ksk, zsk or csk');
}

export function parseAlgorithm(text: string): number {
  const number = algorithmNumberFromText(text);
  if (number !== undefined) return number;
  throw new Refusal(
    'usage/bad-algorithm',
    `"${text}" is no DNSSEC algorithm`,
    'use a number or mnemonic of the IANA registry: 13, ECDSAP256SHA256',
  );
}

function* remarks(made: GeneratedKeyPair): Generator<string> {
  if (made.strength !== 'hardened')
    yield `the token took only the ${made.strength} template; what it says of the key: ${JSON.stringify(made.attestation)}`;
  if (made.attestation.sensitive !== true) yield 'the token does not confirm that the private key is sensitive';
  if (made.collisions > 0) yield `${made.collisions} new key pairs were discarded because their key tag is taken`;
  if (made.orphansRemoved > 0) yield `${made.orphansRemoved} key pairs left by failed attempts were removed`;
}

function describe(made: GeneratedKeyPair, role: KeyRole, algorithm: number, uri: string): object {
  const { id, label, shape, dnskey, strength, attestation } = made;
  const tag = keyTag(dnskey);
  return {
    uri,
    label,
    role,
    algorithm: algorithmLabel(algorithm),
    size: describeShape(shape),
    keyTag: tag,
    id: toHex(id),
    dnskey: toHex(dnskey),
    strength,
    attestation,
  };
}
