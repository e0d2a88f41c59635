import { hash } from 'node:crypto';
import { toHex } from '../../signer/dns/bytes.ts';
import { TokenError } from './ckr.ts';
import { CKA, CKM } from './constants.ts';
import { type SignForm, signForms } from './mechanisms.ts';
import { call, checkHandle, checkTemplate, mechanism, type ObjectHandle, readBoolean } from './native.ts';
import { ObjectIndex } from './object-index.ts';
import { describeKey } from './objects.ts';
import type { KeyReference, PreparedKey, PrepareOrder } from './protocol.ts';
import type { TokenSession } from './token-session.ts';

/** Signatures after which a session copy of the key is worth making. */
const COPY_AFTER = 32;
/** A token that needs longer for one signature gains nothing from a copy. */
const COPY_WORTHWHILE_MS = 5;
const OUTPUT_OCTETS = 1024;

interface ReadyKey {
  readonly token: ObjectHandle;
  readonly form: SignForm;
  readonly octets: number;
  /** What C_SignInit is given: the stored object, or a session copy of it. */
  handle: ObjectHandle;
  signatures: number;
  copyTried: boolean;
}

/** Never given twice in a process: a request that was under way when the session was lost must not meet another key. */
let nextNumber = 0;

/** The keys that one child process signs with. Lives as long as the work session. */
export class SigningDesk {
  readonly index: ObjectIndex;
  readonly #token: TokenSession;
  readonly #mechanisms: ReadonlySet<number>;
  readonly #output = Buffer.alloc(OUTPUT_OCTETS);
  readonly #keys = new Map<number, ReadyKey>();
  /** Whether session copies sign faster on this token; measured once. */
  #copyPays: boolean | undefined;

  constructor(token: TokenSession, mechanisms: readonly number[]) {
    this.#token = token;
    this.index = new ObjectIndex(token);
    this.#mechanisms = new Set(mechanisms);
  }

  /** Finds the key, proves by one signature which mechanism works, and reports its public key. */
  prepare(reference: KeyReference, order: PrepareOrder): PreparedKey {
    const { object, publicKey } = this.#find(reference);
    const wanted = signForms(order.algorithm);
    const usable = wanted.filter((form) => this.#mechanisms.has(CKM[form.mechanism]));
    let refusal: TokenError | undefined;
    for (const form of usable) {
      const key: ReadyKey = { token: object, form, octets: order.signatureOctets, handle: object, signatures: 1, copyTried: false };
      const start = performance.now();
      try {
        const signature = this.#signAll(key, order.trial, Uint32Array.of(order.trial.length));
        const milliseconds = performance.now() - start;
        key.copyTried = milliseconds > COPY_WORTHWHILE_MS;
        const number = nextNumber++;
        this.#keys.set(number, key);
        return {
          key: number,
          ...(publicKey === undefined ? {} : { publicKey }),
          mechanism: form.mechanism,
          signature,
          milliseconds,
        };
      } catch (error) {
        if (!(error instanceof TokenError) || !isOfMechanism(error)) throw error;
        refusal ??= error;
        this.#token.renew();
      }
    }
    if (refusal !== undefined) throw refusal;
    const names = wanted.map((form) => form.mechanism).join(' nor ');
    throw new TokenError({ kind: 'unsupported', name: `the token has neither ${names}`, call: 'C_GetMechanismList' });
  }

  /** @returns the signatures end to end */
  sign(number: number, bytes: Uint8Array, ends: Uint32Array): Uint8Array {
    const key = this.#keys.get(number);
    if (key === undefined || !this.#token.isUsable)
      throw new TokenError({ kind: 'session', name: 'the session was dropped', call: 'sign' });
    if (!key.copyTried && key.signatures + ends.length >= COPY_AFTER) this.#tryCopy(key);
    key.signatures += ends.length;
    return this.#signAll(key, bytes, ends);
  }

  #find(reference: KeyReference): { object: ObjectHandle; publicKey?: Uint8Array } {
    const { privateObjects, publicObjects } = this.index.find(reference);
    const found = privateObjects.filter(({ label }) => label === reference.label);
    const [object] = found;
    if (object === undefined || found.length > 1) {
      const name = `${found.length} private keys with CKA_ID ${toHex(reference.id)} and label "${reference.label}"`;
      throw new TokenError({ kind: 'key-missing', name, call: 'C_FindObjects' });
    }
    const { publicKey } = describeKey(this.#token, object, publicObjects);
    return { object: object.handle, ...(publicKey === undefined ? {} : { publicKey }) };
  }

  /** The hot loop: per item one digest, one C_SignInit, one C_Sign. */
  #signAll(key: ReadyKey, bytes: Uint8Array, ends: Uint32Array): Uint8Array {
    const { library, work } = this.#token;
    const { octets, handle } = key;
    const method = mechanism(CKM[key.form.mechanism]);
    const input = inputMaker(key.form, bytes, octets);
    const signatures = new Uint8Array(ends.length * octets);
    checkHandle(work);
    checkHandle(handle);
    let at = 0;
    let step = 'C_SignInit';
    try {
      for (let i = 0; i < ends.length; i++) {
        const end = ends[i]!;
        if (end < at || end > bytes.length) throw new RangeError('the batch is malformed');
        const data = input(at, end);
        step = 'C_SignInit';
        library.C_SignInit(work, method, handle);
        step = 'C_Sign';
        const signature = library.C_Sign(work, data, this.#output);
        if (signature.length !== octets) {
          throw new TokenError({
            kind: 'fatal',
            name: `a signature of ${signature.length} octets where ${octets} were expected`,
            call: 'C_Sign',
          });
        }
        signatures.set(signature, i * octets);
        at = end;
      }
    } catch (thrown) {
      this.#token.markBroken();
      return call(step, () => {
        throw thrown;
      });
    }
    return signatures;
  }

  /**
   * Replaces the key's handle by a session copy where that is allowed and measured to be faster.
   * Design note: the copy is never destroyed: NSS deletes the original with it. It ends with the session.
   */
  #tryCopy(key: ReadyKey): void {
    key.copyTried = true;
    if (this.#copyPays === false) return;
    const { library, work } = this.#token;
    if (readBoolean(library, work, key.token, CKA.copyable) !== true) return;
    let copy: ObjectHandle;
    try {
      copy = library.C_CopyObject(checkHandle(work), checkHandle(key.token), checkTemplate([{ type: CKA.token, value: false }]));
    } catch {
      this.#copyPays = false;
      return;
    }
    this.#copyPays ??= this.#time({ ...key, handle: copy }) < this.#time(key);
    if (this.#copyPays) key.handle = copy;
  }

  /** Milliseconds for a few signatures over a fixed message; the better of two runs. */
  #time(key: ReadyKey): number {
    const ends = Uint32Array.of(32, 64, 96, 128);
    const runs = [0, 1].map(() => {
      const start = performance.now();
      this.#signAll(key, TIMING_MESSAGE, ends);
      return performance.now() - start;
    });
    return Math.min(...runs);
  }
}

/**
 * CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_DATA_INVALID, CKR_DATA_LEN_RANGE, CKR_KEY_FUNCTION_NOT_PERMITTED: tpm2-pkcs11 answers so to
 * CKM_RSA_PKCS for a key that may sign only, and signs with CKM_SHA256_RSA_PKCS.
 */
const SAID_OF_MECHANISMS: readonly number[] = [0x05, 0x06, 0x20, 0x21, 0x68];

/** May another mechanism do what this one failed to do? Where none does, the first failure counts. */
function isOfMechanism({ failure }: TokenError): boolean {
  return failure.kind === 'unsupported' || SAID_OF_MECHANISMS.includes(failure.ckr ?? -1);
}

const TIMING_MESSAGE = new Uint8Array(128).fill(0x63);

/**
 * @param octets of one signature; with RSA those of the modulus
 * @returns a function that makes the octets for C_Sign from bytes[start..end)
 */
export function inputMaker(form: SignForm, bytes: Uint8Array, octets: number): (start: number, end: number) => Buffer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { input } = form;
  switch (input.kind) {
    case 'message':
      return (start, end) => view.subarray(start, end);
    case 'digest':
      return (start, end) => hash(input.hash, view.subarray(start, end), 'buffer');
    case 'digest-info':
    case 'encoded-message': {
      const block = Buffer.alloc(input.prefix.length + (input.hash === 'sha256' ? 32 : 64));
      block.set(input.prefix);
      const whole = input.kind === 'digest-info' ? block : encodedMessage(block, octets);
      const digest = whole.subarray(whole.length - block.length + input.prefix.length);
      return (start, end) => {
        digest.set(hash(input.hash, view.subarray(start, end), 'buffer'));
        return whole;
      };
    }
    default:
      return input satisfies never;
  }
}

/** EMSA-PKCS1-v1_5 of RFC 8017 9.2: 0 1 255… 0 DigestInfo. @param octets those of the modulus */
function encodedMessage(digestInfo: Buffer, octets: number): Buffer {
  const filling = Buffer.alloc(octets - digestInfo.length - 3, 0xff);
  return Buffer.concat([Buffer.of(0, 1), filling, Buffer.of(0), digestInfo]);
}
