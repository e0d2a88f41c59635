import type { PairOutcome, PairTrial, SignTrial } from '../doctor/facts.ts';
import { signatureOctets } from '../key.ts';
import { TokenError } from './ckr.ts';
import { CKA, CKM } from './constants.ts';
import { isStepDown } from './generation.ts';
import { generationMechanism, type SignForm, signForms } from './mechanisms.ts';
import { type Attribute, call, checkHandle, checkTemplate, mechanism, type ObjectHandle, readAttribute } from './native.ts';
import { describeKey } from './objects.ts';
import { inputMaker } from './signing.ts';
import { type KeyPairTemplate, keyPairTemplates } from './templates.ts';
import type { TokenSession } from './token-session.ts';
import { destroyById, refusedBy, TRIAL_LABEL } from './trial-objects.ts';

/** Signing goes on for this long, or until all messages are signed. */
const SIGN_MS = 250;
const OUTPUT_OCTETS = 1024;

/** In the child process: makes a key pair as the signer would, signs with it, tries to change it, destroys it, and looks whether it is gone. */
export function tryPair(token: TokenSession, trial: PairTrial, mechanisms: readonly number[]): PairOutcome {
  try {
    const made = makePair(token, trial);
    const outcome = examinePair(token, trial, made, mechanisms);
    const remains = destroyById(token, trial.id);
    if (!token.isUsable) token.renew();
    return { ...outcome, remains };
  } catch (error) {
    const refused = refusedBy(error);
    token.renew();
    destroyById(token, trial.id);
    return { kind: 'refused', ...refused };
  }
}

interface Made {
  readonly privateKey: ObjectHandle;
  readonly publicKey: ObjectHandle;
  readonly template: KeyPairTemplate;
  readonly milliseconds: number;
}

/** The strictest template that the token takes, as in generation.ts. */
function makePair(token: TokenSession, { algorithms, bits, place, id }: PairTrial): Made {
  const [algorithm] = algorithms;
  const name = generationMechanism(algorithm ?? 0);
  if (algorithm === undefined || name === undefined) {
    throw new TokenError({ kind: 'unsupported', name: `algorithm ${algorithm} has no key generation`, call: 'C_GenerateKeyPair' });
  }
  let refusal: unknown;
  for (const template of keyPairTemplates('ksk', algorithm, bits, id, TRIAL_LABEL)) {
    const start = performance.now();
    try {
      const pair = call('C_GenerateKeyPair', () =>
        token.library.C_GenerateKeyPair(
          checkHandle(token.work),
          mechanism(CKM[name]),
          checkTemplate(placed(template.publicKey, place)),
          checkTemplate(placed(template.privateKey, place)),
        ),
      );
      return { ...pair, template, milliseconds: performance.now() - start };
    } catch (error) {
      destroyById(token, id);
      if (!isStepDown(error)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

export function placed(template: readonly Attribute[], place: PairTrial['place']): Attribute[] {
  return template.map((attribute) => (attribute.type === CKA.token ? { ...attribute, value: place === 'token' } : attribute));
}

function examinePair(
  token: TokenSession,
  trial: PairTrial,
  { privateKey, publicKey: publicObject, template, milliseconds }: Made,
  mechanisms: readonly number[],
): Omit<Extract<PairOutcome, { kind: 'made' }>, 'remains'> {
  const found = describeKey(token, { handle: privateKey, id: trial.id, label: TRIAL_LABEL }, [publicObject]);
  if (found.publicKey === undefined) {
    throw new TokenError({ kind: 'fatal', name: 'no readable public key', call: 'C_GetAttributeValue' });
  }
  const octets = (algorithm: number): number => signatureOctets(algorithm, found.shape);
  const signing = trial.algorithms.map((algorithm) => trySigning(token, trial, privateKey, algorithm, octets(algorithm), mechanisms));
  const saysUnmodifiable = template.privateKey.some(({ type, value }) => type === CKA.modifiable && value === false);
  return {
    kind: 'made',
    publicKey: found.publicKey,
    strength: template.strength,
    attestation: found.attestation,
    isReadable: isReadable(token, privateKey),
    milliseconds,
    ...(saysUnmodifiable ? { couldModify: couldModify(token, privateKey) } : {}),
    signing,
  };
}

/** Any part of the private value that the token hands out. */
function isReadable({ library, work }: TokenSession, key: ObjectHandle): boolean {
  return [CKA.value, CKA.privateExponent].some((type) => readAttribute(library, work, key, type) !== undefined);
}

/** Tries to let the key derive others: harmless for a key that is destroyed a moment later. */
function couldModify({ library, work }: TokenSession, key: ObjectHandle): boolean {
  try {
    library.C_SetAttributeValue(checkHandle(work), checkHandle(key), checkTemplate([{ type: CKA.derive, value: true }]));
    return true;
  } catch {
    return false;
  }
}

function trySigning(
  token: TokenSession,
  trial: PairTrial,
  key: ObjectHandle,
  algorithm: number,
  octets: number,
  mechanisms: readonly number[],
): SignTrial {
  const forms = signForms(algorithm);
  let refusal: unknown = new TokenError({
    kind: 'unsupported',
    name: `the token has neither ${forms.map((form) => form.mechanism).join(' nor ')}`,
    call: 'C_GetMechanismList',
  });
  for (const form of forms.filter(({ mechanism: name }) => mechanisms.includes(CKM[name]))) {
    try {
      return { algorithm, outcome: { kind: 'signed', mechanism: form.mechanism, ...signMany(token, trial, key, form, octets) } };
    } catch (error) {
      refusal = error;
      // The failed session may hold the operation to be active; but a session key would end with it.
      if (trial.place === 'token') token.renew();
      else token.markBroken();
    }
  }
  return { algorithm, outcome: { kind: 'refused', ...refusedBy(refusal) } };
}

/** @returns the signatures end to end; a signature of another length than expected is refused */
function signMany(
  { library, work }: TokenSession,
  { bytes, ends }: PairTrial,
  key: ObjectHandle,
  form: SignForm,
  octets: number,
): { readonly signatures: Uint8Array; readonly count: number; readonly milliseconds: number } {
  const input = inputMaker(form, bytes, octets);
  const method = mechanism(CKM[form.mechanism]);
  const output = Buffer.alloc(OUTPUT_OCTETS);
  const signatures = new Uint8Array(ends.length * octets);
  const start = performance.now();
  let count = 0;
  let at = 0;
  for (const end of ends) {
    const data = input(at, end);
    call('C_SignInit', () => library.C_SignInit(checkHandle(work), method, checkHandle(key)));
    const signature = call('C_Sign', () => library.C_Sign(work, data, output));
    if (signature.length !== octets) {
      throw new TokenError({
        kind: 'fatal',
        name: `a signature of ${signature.length} octets where ${octets} were expected`,
        call: 'C_Sign',
      });
    }
    signatures.set(signature, count * octets);
    count++;
    at = end;
    if (performance.now() - start > SIGN_MS) break;
  }
  return { signatures: signatures.slice(0, count * octets), count, milliseconds: performance.now() - start };
}
