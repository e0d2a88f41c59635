import { type Attestation, describeShape } from '../key.ts';
import { TokenError } from './ckr.ts';
import { CKA, CKM } from './constants.ts';
import { generationMechanism } from './mechanisms.ts';
import { call, checkHandle, checkTemplate, findKeys, findObjects, mechanism, type ObjectHandle, readAttribute } from './native.ts';
import type { ObjectIndex } from './object-index.ts';
import { describeKey, readAttestation } from './objects.ts';
import type { GeneratedKey, GenerateOrder, KeyReference } from './protocol.ts';
import { type KeyPairTemplate, keyPairTemplates } from './templates.ts';
import type { TokenSession } from './token-session.ts';

/** Return values after which a weaker template is worth trying: TEMPLATE_…, ATTRIBUTE_…, GENERAL_ERROR. */
const STEP_DOWN: readonly number[] = [0x10, 0x11, 0x12, 0x13, 0xd0, 0xd1, 0x05];

/** Is a weaker template worth trying after this failure? */
export function isStepDown(error: unknown): boolean {
  return error instanceof TokenError && STEP_DOWN.includes(error.failure.ckr ?? -1);
}

/**
 * Makes a key pair with the strictest template that the token takes, and reads it back.
 * The CKA_ID must not be in use: NSS replaces the old key silently, others make a second pair.
 * @param index learns the new pair, so that nobody has to search for it
 */
export function generateKey(token: TokenSession, order: GenerateOrder, index: ObjectIndex): GeneratedKey {
  const name = generationMechanism(order.algorithm);
  if (name === undefined)
    throw new TokenError({ kind: 'unsupported', name: `algorithm ${order.algorithm} has no key generation`, call: 'C_GenerateKeyPair' });
  if (index.isTaken(order.id)) {
    throw new TokenError({ kind: 'policy', name: 'the CKA_ID is in use', call: 'C_FindObjects' });
  }
  let orphansRemoved = 0;
  let refusal: unknown;
  for (const template of keyPairTemplates(order.role, order.algorithm, order.bits, order.id, order.label, order.wrappable)) {
    try {
      const pair = generatePair(token, CKM[name], template);
      const found = readBack(token, order, pair);
      index.add(order.id, {
        privateObjects: [{ handle: pair.privateKey, id: order.id, label: order.label }],
        publicObjects: [pair.publicKey],
      });
      return { ...found, strength: template.strength, orphansRemoved };
    } catch (error) {
      orphansRemoved += removeRemains(token, order.id, error);
      if (!isStepDown(error)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** Destroys the objects with this CKA_ID. Only for an ID that this process has just made up. @returns how many private keys there were */
export function removePair(token: TokenSession, id: Uint8Array): number {
  const { library, work } = token;
  const privateKeys = findKeys(library, work, 'privateKey', id);
  for (const object of [...privateKeys, ...findKeys(library, work, 'publicKey', id)]) {
    call('C_DestroyObject', () => library.C_DestroyObject(checkHandle(work), checkHandle(object)));
  }
  return privateKeys.length;
}

/** {@link removePair} for a pair that another process has asked for: the random CKA_ID and the label must both be those that it has made up. */
export function removeNew(token: TokenSession, { id, label }: KeyReference): number {
  const { library, work } = token;
  const found = (['privateKey', 'publicKey'] as const).flatMap((kind) => findObjects(library, work, kind, { id, label }));
  for (const object of found) call('C_DestroyObject', () => library.C_DestroyObject(checkHandle(work), checkHandle(object)));
  return found.length;
}

/** Where the session is lost with the call, the first error is the one to tell; the parent looks again in a new process. */
function removeRemains(token: TokenSession, id: Uint8Array, error: unknown): number {
  try {
    return removePair(token, id);
  } catch {
    throw error;
  }
}

interface Pair {
  readonly publicKey: ObjectHandle;
  readonly privateKey: ObjectHandle;
}

function generatePair(token: TokenSession, type: number, template: KeyPairTemplate): Pair {
  const publicTemplate = checkTemplate(template.publicKey);
  const privateTemplate = checkTemplate(template.privateKey);
  return call('C_GenerateKeyPair', () =>
    token.library.C_GenerateKeyPair(checkHandle(token.work), mechanism(type), publicTemplate, privateTemplate),
  );
}

function readBack(token: TokenSession, order: GenerateOrder, pair: Pair): Omit<GeneratedKey, 'strength' | 'orphansRemoved'> {
  const { library, work } = token;
  const { publicKey, shape } = describeKey(token, { handle: pair.privateKey, id: order.id, label: order.label }, [pair.publicKey]);
  if (publicKey === undefined) {
    throw new TokenError({ kind: 'fatal', name: `no readable public key (${describeShape(shape)})`, call: 'C_GetAttributeValue' });
  }
  const secret = shape.kind === 'rsa' ? CKA.privateExponent : CKA.value;
  const readable = readAttribute(library, work, pair.privateKey, secret) !== undefined;
  const told = readAttestation(library, work, pair.privateKey);
  return { publicKey, attestation: readable ? told : withoutDefaults(told), readable };
}

/** True of a key that was made a moment ago in the token, sensitive and not extractable. */
const JUST_MADE: readonly (keyof Attestation)[] = ['sensitive', 'alwaysSensitive', 'neverExtractable', 'local'];

/**
 * Some modules answer 0 for what they do not know (OpenSC for all of these, NSS for CKA_LOCAL). Of a new key whose private value they do
 * not give out, that is no statement: it is left out, as unknown. What they say of CKA_EXTRACTABLE always counts.
 */
function withoutDefaults(told: Attestation): Attestation {
  return Object.fromEntries(Object.entries(told).filter(([name, value]) => value || !JUST_MADE.includes(name as keyof Attestation)));
}
