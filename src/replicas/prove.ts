import { createHash } from 'node:crypto';
import type { Keystore } from '../../keystore/keystore.ts';
import { printPkcs11Uri, tokenPart } from '../../keystore/pkcs11/uri.ts';
import { examineReplica, type ReplicaFinding } from '../../keystore/replicas/examine.ts';
import { isTokenGone } from '../../keystore/replicas/failover.ts';
import { fromHex, toHex } from '../../signer/dns/bytes.ts';
import { keyTag } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedKey, TokenRef } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { nameInHistory } from '../workspace/key-tags.ts';
import type { Session } from '../workspace/session.ts';

/** What all tokens of a key's role say of it. */
export interface ReplicaReport {
  readonly key: LoggedKey;
  /** Tokens that signed, with signatures that verify under the DNSKEY of the log; one that two URIs name is there once. */
  readonly proved: readonly TokenRef[];
  /** Tokens that could not be asked, or that have no such key. */
  readonly missing: readonly MissingReplica[];
  /** {@link placesOf} the key. */
  readonly places: string;
}

export interface MissingReplica {
  readonly name: string;
  readonly why: string;
}

/**
 * Every token of the role signs a random challenge, and `data` if given; all is verified under the one DNSKEY that the log has.
 * @param data RRSIG RDATA without signature, then the DNSKEY RRset (RFC 4034 3.1.8.1)
 * @throws Refusal key/replicas-differ, which is in the log then; Fault sign/bad-signature, token/…
 */
export async function proveOnReplicas(session: Session, key: LoggedKey, data?: Uint8Array): Promise<ReplicaReport> {
  const known = (session.state.zones[key.zone]?.keys ?? []).filter((other) => other !== key).map(rdataOf);
  const wanted = { id: fromHex(key.id)!, label: key.label, role: key.role, algorithm: key.algorithm, dnskey: rdataOf(key) };
  const found: Examined[] = [];
  const missing: MissingReplica[] = [];
  const seen = new Set<Keystore>();
  for (const replica of session.tokens.replicas(key.token as TokenRole)) {
    try {
      const keystore = await replica.open();
      if (seen.has(keystore)) continue;
      seen.add(keystore);
      const { label, serial } = keystore.token;
      const name = replica.uri.serial === undefined ? `${replica.name}, serial ${serial}` : replica.name;
      const finding = await examineReplica(keystore, wanted, known, data === undefined ? [] : [data]);
      if (finding.kind === 'absent') missing.push({ name, why: `it has no key "${key.label}" with CKA_ID ${key.id || '(none)'}` });
      else found.push({ name, token: { label, serial }, finding });
    } catch (error) {
      if (!isTokenGone(error)) throw error;
      missing.push({ name: replica.name, why: error.message });
    }
  }
  if (found.some(({ finding }) => finding.kind === 'other')) throw refuseDifferent(session, key, found);
  return { key, proved: found.map(({ token }) => token), missing, places: placesOf(session, key) };
}

/** sha256 over what the configuration says of where the tokens of the role are, hexadecimal. Where their PINs come from is no part of it. */
export function placesOf({ tokens }: Pick<Session, 'tokens'>, { token }: LoggedKey): string {
  const uris = tokens.replicas(token as TokenRole).map(({ uri }) => {
    const { pinSource: _pinSource, ...place } = tokenPart(uri);
    return printPkcs11Uri(place);
  });
  return digestOf(new TextEncoder().encode(uris.sort().join('\n')));
}

/** SHA-256 over the DNSKEY RDATA, and the tag: what people compare. */
export function fingerprint(dnskey: Uint8Array): string {
  return `SHA-256 ${createHash('sha256').update(dnskey).digest('hex')} (key tag ${keyTag(dnskey)})`;
}

interface Examined {
  readonly name: string;
  readonly token: TokenRef;
  readonly finding: Exclude<ReplicaFinding, { readonly kind: 'absent' }>;
}

/** The entry is in the log before anybody is told. */
function refuseDifferent(session: Session, key: LoggedKey, found: readonly Examined[]): Refusal {
  const own = fingerprint(rdataOf(key));
  const lines = found.map(({ name, finding }) => `${name}: ${finding.kind === 'proved' ? own : fingerprints(finding.dnskeys)}`);
  const code = 'key/replicas-differ';
  const text = `the tokens for ${key.token} have different keys as "${key.label}", ${nameInHistory(key)}; the log: ${own}; ${lines.join('; ')}`;
  session.append('key.refused', { key: { zone: key.zone, keyTag: key.keyTag, id: key.id }, code, text: text.slice(0, 2000) });
  return new Refusal(
    code,
    text,
    'nothing was signed. Bring the key of the log to every token (key backup and key restore, or the way of the vendor), or take the token with the other key out of coldsign.yaml',
  );
}

function fingerprints(dnskeys: readonly (Uint8Array | undefined)[]): string {
  return dnskeys
    .map((dnskey) => (dnskey === undefined ? 'a public key that it does not show; its signature does not verify' : fingerprint(dnskey)))
    .join(' and ');
}

const rdataOf = ({ dnskey }: LoggedKey): Uint8Array => Uint8Array.from(Buffer.from(dnskey, 'base64'));

/** sha256, hexadecimal. */
export const digestOf = (data: Uint8Array): string => toHex(createHash('sha256').update(data).digest());
