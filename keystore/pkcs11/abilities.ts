import { randomBytes } from 'node:crypto';
import { type Abilities, type Ability, MAX_SESSION_PROBE, type TrialPlace, type WrapAbility } from '../doctor/facts.ts';
import type { Attestation } from '../key.ts';
import { CKA, CKF_RW_SESSION, CKF_SERIAL_SESSION, CKM, CKO, CURVE_OID_HEX } from './constants.ts';
import { type Attribute, call, checkHandle, checkTemplate, mechanism, type ObjectHandle, type SessionHandle } from './native.ts';
import { readAttestation } from './objects.ts';
import type { TokenSession } from './token-session.ts';
import { destroyObjects, refusedBy, TRIAL_LABEL } from './trial-objects.ts';

const CKO_SECRET_KEY = 4;
const CKK_AES = 0x1f;
const CKM_AES_KEY_GEN = 0x1080;
const CKA_VALUE_LEN = 0x161;
const KEK_OCTETS = 32;
const RANDOM_OCTETS = 32;
const WRAPPED_OCTETS = 4096;

const WRAP_MECHANISMS: readonly (readonly [number, string])[] = [
  [0x2109, 'CKM_AES_KEY_WRAP'],
  [0x210a, 'CKM_AES_KEY_WRAP_PAD'],
  [0x210b, 'CKM_AES_KEY_WRAP_KWP'],
];

/**
 * In the child process: what the token can do beside signing, each tried with objects of the session.
 * @param place of the data object; `token` stores one for a moment
 */
export function tryAbilities(token: TokenSession, mechanisms: readonly number[], place: TrialPlace): Abilities {
  const made: ObjectHandle[] = [];
  const scratch: Scratch = {
    token,
    keep(object) {
      made.push(object);
      return object;
    },
  };
  const sessions = openSessions(token);
  const random = tryRandom(token);
  const dataObject = tryDataObject(scratch, place);
  const { defaults, wrapping } = tryKeys(scratch, mechanisms);
  const remains = destroyObjects(token, made);
  // Whatever a failed call may have made in the session ends with it.
  token.renew();
  return { sessions, random, dataObject, wrapping, ...(defaults === undefined ? {} : { defaults }), remains };
}

/** Remembers what was made, so that nothing else is destroyed: another trial may run on the token. */
interface Scratch {
  readonly token: TokenSession;
  readonly keep: (object: ObjectHandle) => ObjectHandle;
}

function openSessions({ library, slot }: TokenSession): Abilities['sessions'] {
  const opened: SessionHandle[] = [];
  try {
    while (opened.length < MAX_SESSION_PROBE) {
      opened.push(call('C_OpenSession', () => library.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION)));
    }
    return { opened: opened.length };
  } catch (error) {
    return { opened: opened.length, stopped: refusedBy(error) };
  } finally {
    for (const session of opened) call('C_CloseSession', () => library.C_CloseSession(session));
  }
}

function tryRandom({ library, work }: TokenSession): Abilities['random'] {
  const draw = (): Buffer => call('C_GenerateRandom', () => library.C_GenerateRandom(checkHandle(work), Buffer.alloc(RANDOM_OCTETS)));
  try {
    const [first, second] = [draw(), draw()];
    if ([first, second].some((octets) => octets.every((octet) => octet === 0))) return { kind: 'zero' };
    return { kind: first.equals(second) ? 'repeated' : 'plausible' };
  } catch (error) {
    return { kind: 'refused', ...refusedBy(error) };
  }
}

function tryDataObject({ token: { library, work }, keep }: Scratch, place: TrialPlace): Ability {
  return attempt(() =>
    keep(
      call('C_CreateObject', () =>
        library.C_CreateObject(
          checkHandle(work),
          checkTemplate([
            { type: CKA.class, value: CKO.data },
            { type: CKA.token, value: place === 'token' },
            { type: CKA.private, value: true },
            label(),
            { type: CKA.value, value: Uint8Array.from(randomBytes(RANDOM_OCTETS)) },
          ]),
        ),
      ),
    ),
  );
}

/** A P-256 key, or else an RSA key, about whose protection nothing is said; and wrapping under an AES key. */
function tryKeys(scratch: Scratch, mechanisms: readonly number[]): Pick<Abilities, 'defaults' | 'wrapping'> {
  const { token } = scratch;
  const { library, work } = token;
  const silent = makeKey(scratch, mechanisms);
  const defaults: Attestation | undefined = silent === undefined ? undefined : readAttestation(library, work, silent);
  const listed = WRAP_MECHANISMS.filter(([type]) => mechanisms.includes(type));
  if (listed.length === 0) return { ...(defaults === undefined ? {} : { defaults }), wrapping: [] };
  const kek = makeKek(scratch);
  const open = makeKey(scratch, mechanisms, true);
  const closed = makeKey(scratch, mechanisms, false);
  const wrapping = listed.map(([type, name]): WrapAbility => {
    if (typeof kek === 'string' || open === undefined) {
      const why = typeof kek === 'string' ? kek : 'no extractable key could be made';
      return { mechanism: name, ability: { kind: 'refused', call: 'C_GenerateKey', name: why }, takesUnextractable: false };
    }
    return {
      mechanism: name,
      ability: attempt(() => wrap(token, type, kek, open)),
      takesUnextractable: closed !== undefined && attempt(() => wrap(token, type, kek, closed)).kind === 'works',
    };
  });
  return { ...(defaults === undefined ? {} : { defaults }), wrapping };
}

function wrap({ library, work }: TokenSession, type: number, kek: ObjectHandle, key: ObjectHandle): void {
  const wrapped = call('C_WrapKey', () =>
    library.C_WrapKey(checkHandle(work), mechanism(type), checkHandle(kek), checkHandle(key), Buffer.alloc(WRAPPED_OCTETS)),
  );
  wrapped.fill(0);
}

/** @returns what the token answered where it makes none */
function makeKek({ token: { library, work }, keep }: Scratch): ObjectHandle | string {
  try {
    return keep(
      call('C_GenerateKey', () =>
        library.C_GenerateKey(
          checkHandle(work),
          mechanism(CKM_AES_KEY_GEN),
          checkTemplate([
            { type: CKA.class, value: CKO_SECRET_KEY },
            { type: CKA.keyType, value: CKK_AES },
            { type: CKA.token, value: false },
            { type: CKA.sensitive, value: true },
            { type: CKA.extractable, value: false },
            { type: CKA.wrap, value: true },
            { type: CKA_VALUE_LEN, value: KEK_OCTETS },
            label(),
          ]),
        ),
      ),
    );
  } catch (error) {
    return refusedBy(error).name;
  }
}

/** A session key; undefined where the token makes none. @param extractable unsaid if undefined */
function makeKey(
  { token: { library, work }, keep }: Scratch,
  mechanisms: readonly number[],
  extractable?: boolean,
): ObjectHandle | undefined {
  const isCurve = mechanisms.includes(CKM.CKM_EC_KEY_PAIR_GEN);
  const parameters: Attribute[] = isCurve
    ? [{ type: CKA.ecParams, value: Uint8Array.fromHex(CURVE_OID_HEX['P-256']) }]
    : [
        { type: CKA.modulusBits, value: 2048 },
        { type: CKA.publicExponent, value: Uint8Array.of(1, 0, 1) },
      ];
  const protection: Attribute[] =
    extractable === undefined
      ? []
      : [
          { type: CKA.sensitive, value: true },
          { type: CKA.extractable, value: extractable },
        ];
  const type = isCurve ? CKM.CKM_EC_KEY_PAIR_GEN : CKM.CKM_RSA_PKCS_KEY_PAIR_GEN;
  try {
    const { publicKey, privateKey } = call('C_GenerateKeyPair', () =>
      library.C_GenerateKeyPair(
        checkHandle(work),
        mechanism(type),
        checkTemplate([{ type: CKA.token, value: false }, label(), ...parameters]),
        checkTemplate([{ type: CKA.token, value: false }, { type: CKA.sign, value: true }, label(), ...protection]),
      ),
    );
    keep(publicKey);
    return keep(privateKey);
  } catch (error) {
    refusedBy(error);
    return undefined;
  }
}

const label = (): Attribute => ({ type: CKA.label, value: new TextEncoder().encode(TRIAL_LABEL) });

function attempt(action: () => unknown): Ability {
  try {
    action();
    return { kind: 'works' };
  } catch (error) {
    return { kind: 'refused', ...refusedBy(error) };
  }
}
