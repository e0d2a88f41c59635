import { equalBytes, toHex } from '../signer/dns/bytes.ts';
import { algorithmByNumber, algorithmLabel } from '../signer/dnssec/algorithm.ts';
import { dnskeyAlgorithm, dnskeyFlags, dnskeyRdata } from '../signer/dnssec/dnskey.ts';
import { Refusal } from '../signer/errors.ts';
import type { KeyRole } from '../signer/zone-key.ts';
import {
  algorithmOfShape,
  describeShape,
  flagsOfRole,
  isAuditLabel,
  type KeyOnToken,
  parseKeyName,
  shapeFits,
  signatureOctets,
} from './key.ts';
import type { LaneKey } from './pkcs11/lane.ts';
import type { Pkcs11Uri } from './pkcs11/uri.ts';
import { verifierOf } from './public-key.ts';

/** Which key, and what it is believed to be. */
export interface KeySelector {
  /** `id` names the key, else `object` (the label); with both, both must fit. */
  readonly uri: Pick<Pkcs11Uri, 'id' | 'object'>;
  /** Decides the DNSKEY flags; default: what the label says. */
  readonly role?: KeyRole;
  /** Needed for RSA keys with a foreign label; default: what the label or the curve says. */
  readonly algorithm?: number;
  /** DNSKEY RDATA on record for this key: another public key is refused. */
  readonly expected?: Uint8Array;
}

/** @throws Refusal key/not-found with the candidates, key/ambiguous, key/unnamed, key/is-audit-key */
export function selectKey(keys: readonly KeyOnToken[], selector: KeySelector, token: string): KeyOnToken {
  const { id, object } = selector.uri;
  if (id === undefined && object === undefined) {
    throw new Refusal('key/unnamed', 'the URI names a token and no key on it', `add id= or object=; on the ${token}: ${candidates(keys)}`);
  }
  const found = keys.filter((key) => (id === undefined || equalBytes(key.id, id)) && (object === undefined || key.label === object));
  const wanted = [...(id === undefined ? [] : [`id ${toHex(id)}`]), ...(object === undefined ? [] : [`label "${object}"`])].join(' and ');
  const [key] = found;
  if (key === undefined) {
    const hint = `nothing is generated in its place; present: ${candidates(keys)}`;
    throw new Refusal('key/not-found', `no private key with ${wanted} on the ${token}`, hint);
  }
  if (found.length > 1) {
    throw new Refusal(
      'key/ambiguous',
      `${found.length} private keys with ${wanted} on the ${token}`,
      `name one by id=: ${candidates(found)}`,
    );
  }
  refuseAuditKey(key);
  return key;
}

/** Decides flags, algorithm and DNSKEY of a key. @throws Refusal key/… */
export function bindKey(key: KeyOnToken, selector: KeySelector): LaneKey {
  const { expected } = selector;
  refuseAuditKey(key);
  const name = parseKeyName(key.label);
  if (name !== undefined && selector.role !== undefined && name.role !== selector.role) {
    throw new Refusal(
      'key/role-mismatch',
      `"${key.label}" was made as ${name.role.toUpperCase()} and is named as ${selector.role.toUpperCase()}`,
      'name each key in its own role: other DNSKEY flags give it another key tag, and the DS at the parent no longer fits; a CSK stands under --ksk and --zsk',
    );
  }
  const flags =
    selector.role !== undefined
      ? flagsOfRole(selector.role)
      : name !== undefined
        ? flagsOfRole(name.role)
        : expected && dnskeyFlags(expected);
  if (flags === undefined) {
    throw new Refusal(
      'key/unknown-role',
      `the label "${key.label}" does not say whether the key is KSK, ZSK or CSK`,
      'say the role on the command line',
    );
  }
  const algorithm = algorithmFor(key, selector, name?.algorithm);
  const publicKey = key.publicKey ?? expected?.subarray(4);
  if (publicKey === undefined) {
    throw new Refusal(
      'key/no-public-key',
      `the token does not give the public key of "${key.label}"`,
      'give its DNSKEY, which must be on record',
    );
  }
  const dnskey = dnskeyRdata(flags, algorithm, publicKey);
  if (expected !== undefined && !equalBytes(dnskey, expected)) throw mismatch(key, dnskey, expected);
  return {
    id: key.id,
    label: key.label,
    algorithm,
    dnskey,
    signatureOctets: signatureOctets(algorithm, key.shape),
    verifier: verifierOf(dnskey),
  };
}

/** Whoever could sign zones with the key of the log could sign a log of acts that never were, and the other way round. */
function refuseAuditKey(key: KeyOnToken): void {
  if (!isAuditLabel(key.label)) return;
  throw new Refusal(
    'key/is-audit-key',
    `"${key.label}" (id ${toHex(key.id)}) is the key of an audit log, and a key for a zone was asked for`,
    'name a key that was made for the zone; coldsign key list shows them',
  );
}

function algorithmFor(key: KeyOnToken, selector: KeySelector, named: number | undefined): number {
  const onRecord = selector.expected && dnskeyAlgorithm(selector.expected);
  const algorithm = selector.algorithm ?? named ?? onRecord ?? algorithmOfShape(key.shape);
  if (algorithm === undefined) {
    const hint = 'say the algorithm on the command line: 8 (RSASHA256) or 10 (RSASHA512)';
    throw new Refusal(
      'key/unknown-algorithm',
      `the label "${key.label}" does not say which algorithm this ${describeShape(key.shape)} key signs for`,
      hint,
    );
  }
  const refused = algorithmByNumber(algorithm)?.refused;
  if (refused !== undefined)
    throw new Refusal('key/algorithm-refused', `algorithm ${algorithmLabel(algorithm)}: ${refused}`, 'use 13 (ECDSAP256SHA256) or 8');
  if (!shapeFits(key.shape, algorithm)) {
    const told = `a ${describeShape(key.shape)} key cannot sign for algorithm ${algorithmLabel(algorithm)}`;
    throw new Refusal('key/wrong-algorithm', `"${key.label}": ${told}`, 'correct the algorithm, or name another key');
  }
  return algorithm;
}

function mismatch(key: KeyOnToken, found: Uint8Array, expected: Uint8Array): Refusal {
  const show = (rdata: Uint8Array): string => `${dnskeyFlags(rdata)} 3 ${rdata[3]} ${toHex(rdata.subarray(4, 12))}…`;
  const text = `"${key.label}" (id ${toHex(key.id)}) has DNSKEY ${show(found)}, expected ${show(expected)}`;
  return new Refusal('key/mismatch', text, 'this is another key than the one on record: check token, id and backups');
}

function candidates(keys: readonly KeyOnToken[]): string {
  const MAX = 10;
  const shown = keys.slice(0, MAX).map((key) => `id ${toHex(key.id)} "${key.label}"`);
  if (keys.length > MAX) shown.push(`and ${keys.length - MAX} more`);
  return shown.join(', ') || 'no keys at all';
}
