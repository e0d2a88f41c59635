import { createHash } from 'node:crypto';
import { equalBytes, toHex } from '../signer/dns/bytes.ts';
import { Fault, Refusal } from '../signer/errors.ts';
import { algorithmOfShape, auditKeyLabel, describeShape, isAuditLabel, type KeyOnToken } from './key.ts';
import type { Keystore } from './keystore.ts';
import { NOTE_ALGORITHM, noteLaneKey, notePublicKey, noteSignature, publicField, verifiesNote } from './note-form.ts';
import type { NoteKey } from './note-key.ts';
import { RequestFailed } from './pkcs11/keystore-process.ts';
import type { LaneKey } from './pkcs11/lane.ts';
import { tokenName } from './pkcs11/token-refusal.ts';

/** The key that signs the checkpoints of one log, and the manifests of its releases: never a key of a zone. */
export interface AuditKey extends NoteKey {
  /** CKA_ID, 16 octets where made here. */
  readonly id: Uint8Array;
  /** CKA_LABEL: `coldsign audit NAME`. */
  readonly label: string;
}

type Kind = NoteKey['kind'];

const MAX_LABEL_OCTETS = 255;

/**
 * Makes the key of a log on the token: hardened template, attributes read back, one signature verified.
 * Without `kind`: Ed25519 where the token offers it and a signature with it verifies, else P-256.
 * @param name of the log
 * @throws Refusal key/bad-audit-name, key/audit-exists, token/unsupported; Fault key/extractable, sign/bad-signature, token/…
 */
export async function generateAuditKey(keystore: Keystore, name: string, kind?: Kind): Promise<AuditKey> {
  const label = checkedLabel(name);
  const [existing] = await keystore.findKeys({ label });
  if (existing !== undefined) {
    throw new Refusal(
      'key/audit-exists',
      `the ${tokenName(keystore.token)} has a key "${label}" (id ${toHex(existing.id)}) already`,
      'give the log another name, or use the workspace that this key belongs to; no key is overwritten',
    );
  }
  const pair = await generatePair(keystore, label, kind);
  return auditKey(keystore, pair.kind, pair.key);
}

export interface AuditKeySelector {
  readonly label?: string;
  readonly id?: Uint8Array;
  /** On record for this log: another key is refused. */
  readonly expected: Pick<NoteKey, 'kind' | 'publicKey'>;
}

/**
 * Opens the key of a log, by id and label where they are given, else by its public key. Its public key is compared with the one on record,
 * and proved by one verified signature.
 * @throws Refusal key/audit-not-found, key/audit-mismatch; Fault sign/bad-signature, token/…
 */
export async function openAuditKey(keystore: Keystore, { label, id, expected }: AuditKeySelector): Promise<AuditKey> {
  const wanted = [...(id === undefined ? [] : [`id ${toHex(id)}`]), ...(label === undefined ? [] : [`label "${label}"`])].join(' and ');
  const found = await keystore.findKeys({ ...(id === undefined ? {} : { id }), ...(label === undefined ? {} : { label }) });
  const candidates = found.filter((key) => isAuditLabel(key.label));
  const key = candidates.find((candidate) => isExpected(candidate, expected)) ?? candidates.find(hidesPublicKey);
  const field = publicField(expected.kind, expected.publicKey);
  if (key === undefined || field === undefined) throw refuseKeys({ found, candidates, wanted, token: tokenName(keystore.token) }, expected);
  const laneKey = noteLaneKey(expected.kind, key, field);
  await keystore.prepare(laneKey);
  return auditKey(keystore, expected.kind, laneKey);
}

function auditKey(keystore: Keystore, kind: Kind, key: LaneKey): AuditKey {
  const publicKey = notePublicKey(kind, key.dnskey.subarray(4));
  return {
    kind,
    publicKey,
    id: key.id,
    label: key.label,
    async sign(text) {
      const signature = noteSignature(kind, await keystore.signMessage(key, text));
      if (verifiesNote({ kind, publicKey }, text, signature)) return signature;
      throw new Fault(
        'sign/bad-signature',
        `a signature by "${key.label}" on ${tokenName(keystore.token)} does not verify against its public key ${fingerprint(publicKey)}`,
        'do not trust this token until the cause is found; nothing was written',
      );
    },
  };
}

/** Design note: SoftHSM and others are built without EdDSA and may list it all the same, so the trial signature decides. */
async function generatePair(keystore: Keystore, label: string, kind: Kind | undefined): Promise<{ kind: Kind; key: LaneKey }> {
  if (kind !== undefined) return keystore.generateAuditPair(kind, label);
  try {
    return await keystore.generateAuditPair('ed25519', label);
  } catch (error) {
    if (!isIncapable(error)) throw error;
    return await keystore.generateAuditPair('p256', label);
  }
}

const INCAPABLE: readonly string[] = ['token/unsupported', 'token/refused', 'token/failed', 'sign/bad-signature'];
/** CKR_GENERAL_ERROR and CKR_FUNCTION_FAILED: what some modules say of a mechanism that they lack. */
const VAGUE: readonly (number | undefined)[] = [0x05, 0x06];

/** Does the error say that the token cannot sign this way, rather than that it is lost? */
function isIncapable(error: unknown): boolean {
  if (!(error instanceof Refusal || error instanceof Fault)) return false;
  if (INCAPABLE.includes(error.code)) return true;
  return error.cause instanceof RequestFailed && VAGUE.includes(error.cause.failure.ckr);
}

function checkedLabel(name: string): string {
  const label = auditKeyLabel(name);
  const octets = new TextEncoder().encode(label).length;
  if (name !== '' && name.isWellFormed() && !/\p{Cc}/u.test(name) && octets <= MAX_LABEL_OCTETS) return label;
  throw new Refusal(
    'key/bad-audit-name',
    `the name of the log, ${JSON.stringify(name)}, makes a key label of ${octets} octets; it has at most ${MAX_LABEL_OCTETS}, and no control characters`,
    'give the log a name like audit.example.net/site-a',
  );
}

function isExpected(key: KeyOnToken, { kind, publicKey }: Pick<NoteKey, 'kind' | 'publicKey'>): boolean {
  if (key.publicKey === undefined || algorithmOfShape(key.shape) !== NOTE_ALGORITHM[kind]) return false;
  return equalBytes(notePublicKey(kind, key.publicKey), publicKey);
}

/** Then the trial signature tells whether it is the one. */
function hidesPublicKey(key: KeyOnToken): boolean {
  return key.publicKey === undefined;
}

interface Searched {
  readonly found: readonly KeyOnToken[];
  readonly candidates: readonly KeyOnToken[];
  readonly wanted: string;
  readonly token: string;
}

function refuseKeys({ found, candidates, wanted, token }: Searched, expected: Pick<NoteKey, 'kind' | 'publicKey'>): Refusal {
  const record = `${expected.kind === 'ed25519' ? 'Ed25519' : 'P-256'} ${fingerprint(expected.publicKey)}`;
  if (candidates.length === 0) {
    const others = wanted === '' || found.length === 0 ? '' : `; "${found[0]!.label}", which is there, was not made for a log`;
    return new Refusal(
      'key/audit-not-found',
      `no audit key${wanted === '' ? '' : ` with ${wanted}`} on the ${token}${others}; on record is ${record}`,
      'connect the token that the log was made with; nothing is generated in its place',
    );
  }
  const shown = candidates.map((key) => `"${key.label}" (id ${toHex(key.id)}) is ${describeKey(key)}`).join(', ');
  return new Refusal(
    'key/audit-mismatch',
    `on the ${token} ${shown}; on record is ${record}`,
    'this is another key than the one that signed the log so far: check token, id and backups',
  );
}

function describeKey(key: KeyOnToken): string {
  const kind = (['ed25519', 'p256'] as const).find((k) => algorithmOfShape(key.shape) === NOTE_ALGORITHM[k]);
  const shape = describeShape(key.shape);
  return kind === undefined || key.publicKey === undefined ? shape : `${shape} ${fingerprint(notePublicKey(kind, key.publicKey))}`;
}

/** SHA-256 of the public key in the form of notes. */
function fingerprint(publicKey: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('hex')}`;
}
