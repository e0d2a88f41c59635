import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concatBytes, toBase64, toHex } from '../../signer/dns/bytes.ts';
import { parseName } from '../../signer/dns/name.ts';
import { TYPE } from '../../signer/dns/rrtype.ts';
import { algorithmByNumber } from '../../signer/dnssec/algorithm.ts';
import { dsRdata, keyTag, revokedKeyTag } from '../../signer/dnssec/dnskey.ts';
import { planSigning } from '../../signer/plan.ts';
import { DEFAULT_POLICY } from '../../signer/policy.ts';
import { newSignedZone, signZone } from '../../signer/sign.ts';
import type { Packed, SigningKey } from '../../signer/signing-key.ts';
import { rdataText } from './support/denial-text.ts';
import { isGoodSignature, rdatasOf, signaturesOf, zoneFromText } from './support/vector-zone.ts';
import { SIGNATURE_EXAMPLES, type SignatureExample } from './vectors/signature-examples.ts';

const keyOf = ({ zone, origin }: SignatureExample): Uint8Array => rdatasOf(zoneFromText(zone, origin), 0, TYPE.DNSKEY)[0]!;

describe.each(SIGNATURE_EXAMPLES)('$rfc', (example) => {
  const dnskey = keyOf(example);
  const [signature] = signaturesOf(zoneFromText(example.zone, example.origin));

  test('key tag', () => {
    expect(keyTag(dnskey)).toBe(example.keyTag);
  });

  test('the signature verifies over our octets', () => {
    expect(isGoodSignature(dnskey, signature!.octets, signature!.signature)).toBe(true);
    const changed = signature!.octets.slice();
    changed[0]! ^= 1;
    expect(isGoodSignature(dnskey, changed, signature!.signature)).toBe(false);
  });

  // RFC 6605 4: the two integers, each of them is formatted as a simple octet string, r | s. RFC 8080 4: 64 or 114 octets.
  test('the signature has the length of its algorithm', () => {
    const { form } = algorithmByNumber(dnskey[3]!)!;
    const { length } = signature!.signature;
    if (form.kind === 'ecdsa') expect(length).toBe(2 * form.fieldOctets);
    else if (form.kind === 'eddsa') expect(length).toBe(form.signatureOctets);
    else expect(length).toBe(rsaModulusOctets(dnskey));
  });
});

/** RFC 3110 2 with a one-octet exponent length; RFC 5702 3: a signature is as long as the modulus. */
function rsaModulusOctets(dnskey: Uint8Array): number {
  return dnskey.length - 4 - 1 - dnskey[4]!;
}

// RFC 4034 5.1.4: digest = digest_algorithm( DNSKEY owner name | DNSKEY RDATA).
describe('DS of the examples', () => {
  test.each(SIGNATURE_EXAMPLES.filter(({ ds }) => ds !== undefined))('$rfc', (example) => {
    const rdata = dsRdata(parseName(example.origin), keyOf(example), example.ds!.digestType);
    expect(rdataText(TYPE.DS, rdata).toLowerCase()).toBe(example.ds!.text);
    expect(dsRdata(parseName(example.origin.toUpperCase()), keyOf(example), example.ds!.digestType)).toEqual(rdata);
  });
});

// RFC 8032 5.1.6, 5.2.6: EdDSA signatures are deterministic, so the signer with the private key of the RFC makes the RFC's octets.
describe('RFC 8080 6: plan and signer reproduce the RRSIG of the example', () => {
  test.each(SIGNATURE_EXAMPLES.filter(({ privateKey }) => privateKey !== undefined))('$rfc', async (example) => {
    const dnskey = keyOf(example);
    const zone = zoneFromText(`${SOA}${example.zone}`, example.origin, (type) => type !== TYPE.RRSIG);
    const policy = { ...DEFAULT_POLICY, inceptionOffset: 600, signaturesValidity: 1440021600 - NOW, signaturesJitter: 0 };
    const plan = planSigning({ zone, keys: [{ role: 'csk', key: signingKey(dnskey, example) }], policy, now: NOW, previous: undefined });
    const signed = newSignedZone(plan);
    const counts = { made: 0, kept: 0, keptButBad: 0 };
    for await (const _ of signZone(signed, () => Promise.reject(new Error('nothing is kept')), counts));
    const j = plan.jobs.target.findIndex((target) => zone.rrsetType[target] === TYPE.MX);
    const ours = signed.signatures.subarray(plan.jobs.signatureAt[j]!, plan.jobs.signatureAt[j + 1]!);
    expect([plan.jobs.inception[j], plan.jobs.expiration[j]]).toEqual([1438207200, 1440021600]);
    expect(toBase64(ours)).toBe(toBase64(signaturesOf(zoneFromText(example.zone, example.origin))[0]!.signature));
    expect(counts.made).toBe(plan.jobs.count);
  });
});

const NOW = 1438207200 + 600;
const SOA =
  'example.com. 3600 IN SOA ns.example.net. hostmaster.example.com. 1 7200 900 604800 300\nexample.com. 3600 IN NS ns.example.net.\n';

/** PKCS#8 of an Ed25519 or Ed448 private key (RFC 8410 7) from its octets. */
function privateKey(algorithm: number, octets: Buffer): KeyObject {
  const head = algorithm === 15 ? '302e020100300506032b657004220420' : '3047020100300506032b6571043b0439';
  return createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([Buffer.from(head, 'hex'), octets]) });
}

function signingKey(dnskey: Uint8Array, example: SignatureExample): SigningKey {
  const key = privateKey(dnskey[3]!, Buffer.from(example.privateKey!, 'base64'));
  return {
    algorithm: dnskey[3]!,
    keyTag: example.keyTag,
    flags: 257,
    dnskey,
    signatureOctets: dnskey[3] === 15 ? 64 : 114,
    sign: async ({ bytes, ends }: Packed) =>
      concatBytes(...Array.from(ends, (end, i) => sign(null, bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end), key))),
  };
}

// RFC 5011 2.1: an REVOKED key's tag differs from that of the key before, as the flags are part of the sum: 128 more, modulo carries.
test('RFC 5011 2.1: key tag in revoked form', () => {
  for (const example of SIGNATURE_EXAMPLES) {
    const dnskey = keyOf(example);
    const revoked = dnskey.slice();
    revoked[1]! |= 0x80;
    expect(revokedKeyTag(dnskey)).toBe(keyTag(revoked));
    expect([example.keyTag + 128, example.keyTag + 128 - 65535]).toContain(revokedKeyTag(dnskey));
    expect(toHex(dnskey)).not.toBe(toHex(revoked));
  }
});
