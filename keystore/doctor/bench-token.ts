import { randomBytes } from 'node:crypto';
import { algorithmByNumber, algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { dnskeyRdata, FLAG } from '../../signer/dnssec/dnskey.ts';
import type { SigningKey } from '../../signer/signing-key.ts';
import { signatureOctets } from '../key.ts';
import { type LoginRules, Pin } from '../pin/pin.ts';
import type { PinSource } from '../pin/source.ts';
import { describeFailure } from '../pkcs11/ckr.ts';
import { RequestFailed } from '../pkcs11/keystore-process.ts';
import { generationMs, Lane, type LaneKey, type LaneOptions } from '../pkcs11/lane.ts';
import { curveOf } from '../pkcs11/mechanisms.ts';
import { SigningPool } from '../pkcs11/pool.ts';
import type { TokenSummary } from '../pkcs11/protocol.ts';
import { explainFailure, tokenName } from '../pkcs11/token-refusal.ts';
import { TRIAL_LABEL } from '../pkcs11/trial-objects.ts';
import type { Pkcs11Uri } from '../pkcs11/uri.ts';
import { verifierOf } from '../public-key.ts';
import { makeSigningKey, type Verification } from '../token-key.ts';
import { VerifyPool } from '../verify-pool.ts';
import { measureSigning } from './measure-signing.ts';
import { missingMechanism } from './missing-mechanism.ts';
import { trialLane } from './trial-lane.ts';

/** The token, and how it is logged in to. */
export interface TokenAccess {
  readonly uri: Pkcs11Uri;
  readonly pin: PinSource;
  readonly login?: LoginRules;
}

export interface BenchOptions extends TokenAccess {
  /** Numbers of signing processes, each measured. */
  readonly workers: readonly number[];
  readonly algorithms: readonly number[];
  /** Of each measurement. */
  readonly seconds: number;
  /** Ends the measurements early; what was made is destroyed all the same. */
  readonly signal: AbortSignal;
  readonly progress: (step: string) => void;
}

export interface Measurement {
  readonly algorithm: number;
  /** Processes that signed: fewer than asked for where the token has no more sessions. */
  readonly workers: number;
  readonly verified: boolean;
  readonly signatures: number;
  readonly seconds: number;
  readonly perSecond: number;
}

export interface Bench {
  readonly token: TokenSummary;
  readonly measurements: readonly Measurement[];
  /** Algorithms that the token does not do, and why. */
  readonly absent: readonly { readonly algorithm: number; readonly missing: string }[];
  readonly isInterrupted: boolean;
  /** Objects of trials on the token before and after. */
  readonly trialsBefore: number;
  readonly trialsAfter: number;
}

const RSA_BITS = 2048;

/**
 * Signatures a second through the pool that signs zones.
 * Design note: every process sees only its own session keys, so the keys are stored on the token for the time being, and destroyed in the
 * end. They are made as ZSKs are: a token that signs faster with a session copy shows it.
 * @throws Refusal token/…, pin/…; Fault token/…
 */
export async function benchToken(options: BenchOptions): Promise<Bench> {
  const lanes = trialLane(options.uri);
  using pin = pinOf(options);
  const first = new Lane(lanes, pin);
  using pool = new SigningPool(first);
  let name = `module ${lanes.module}`;
  try {
    const token = await pool.open(() => {});
    name = tokenName(token);
    return await measureAll(options, { token, pool, name, more: () => new Lane(lanes, pin) });
  } catch (error) {
    throw explainFailure(error, name);
  }
}

/** Destroys what interrupted trials have left on the token. @returns how many such objects there were and are */
export async function cleanToken(access: TokenAccess): Promise<{ readonly before: number; readonly after: number }> {
  const lanes: LaneOptions = trialLane(access.uri);
  using pin = pinOf(access);
  using lane = new Lane(lanes, pin);
  try {
    await lane.start();
    const { trials } = await lane.ask('take-inventory', {});
    return { before: trials, after: await lane.ask('destroy-trials', {}) };
  } catch (error) {
    throw explainFailure(error, `module ${lanes.module}`);
  }
}

function pinOf({ uri, pin, login }: TokenAccess): Pin {
  return new Pin(pin, `PIN of token ${uri.token ?? uri.serial ?? ''}`.trim(), login);
}

interface Bed {
  readonly token: TokenSummary;
  readonly pool: SigningPool;
  readonly name: string;
  readonly more: () => Lane;
}

async function measureAll(options: BenchOptions, bed: Bed): Promise<Bench> {
  const { pool, token } = bed;
  const absent = options.algorithms.flatMap((algorithm) => {
    const missing = missingMechanism(algorithm, token.mechanisms);
    return missing === undefined ? [] : [{ algorithm, missing: `the token lacks ${missing}` }];
  });
  const { trials: trialsBefore } = await pool.repeatable((lane) => lane.ask('take-inventory', {}));
  const made: Uint8Array[] = [];
  const measurements: Measurement[] = [];
  try {
    const keys: LaneKey[] = [];
    for (const algorithm of options.algorithms.filter((wanted) => absent.every((each) => each.algorithm !== wanted))) {
      if (options.signal.aborted) break;
      options.progress(`making a key of algorithm ${algorithmLabel(algorithm)} on the token; it is destroyed in the end`);
      const id = Uint8Array.from(randomBytes(16));
      made.push(id);
      try {
        keys.push(await makeKey(pool, id, algorithm));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        absent.push({ algorithm, missing: describeFailure(error.failure) });
      }
    }
    await measureKeys(options, bed, keys, measurements);
  } finally {
    await destroyKeys(made, options, bed);
  }
  const { trials: trialsAfter } = await pool.repeatable((lane) => lane.ask('take-inventory', {}));
  return { token, measurements, absent, isInterrupted: options.signal.aborted, trialsBefore, trialsAfter };
}

function isRefusal(error: unknown): error is RequestFailed {
  return error instanceof RequestFailed && (error.failure.kind === 'unsupported' || error.failure.kind === 'policy');
}

/** With a new process where the old ones are lost. Where the token is gone the operator is told, and the error that ended the bench stands. */
async function destroyKeys(ids: readonly Uint8Array[], { progress }: BenchOptions, { pool, more }: Bed): Promise<void> {
  if (ids.length === 0) return;
  const destroy = async (lane: Lane): Promise<void> => {
    for (const id of ids) await lane.ask('destroy-trials', { id });
  };
  try {
    await pool.repeatable(destroy);
  } catch {
    using lane = more();
    try {
      await lane.start();
      await destroy(lane);
    } catch {
      progress('the trial keys may still be on the token: when it is back, run coldsign token bench --clean');
    }
  }
}

async function makeKey(pool: SigningPool, id: Uint8Array, algorithm: number): Promise<LaneKey> {
  const curve = curveOf(algorithm);
  const order = { id, label: TRIAL_LABEL, role: 'zsk', algorithm, bits: curve === undefined ? RSA_BITS : 0 } as const;
  const { publicKey } = await pool.lanes[0]!.ask('generate', order, generationMs(order.bits));
  const dnskey = dnskeyRdata(FLAG.zone, algorithm, publicKey);
  const octets = signatureOctets(algorithm, curve === undefined ? { kind: 'rsa', bits: RSA_BITS } : { kind: 'ec', curve });
  return { id, label: TRIAL_LABEL, algorithm, dnskey, signatureOctets: octets, verifier: verifierOf(dnskey) };
}

/** @param into grows as results come in, so that an interruption keeps them */
async function measureKeys(options: BenchOptions, bed: Bed, keys: readonly LaneKey[], into: Measurement[]): Promise<void> {
  const { pool } = bed;
  await using verifiers = new VerifyPool();
  for (const workers of [...new Set(options.workers)].sort((a, b) => a - b)) {
    await growTo(workers, options, bed);
    if (pool.lanes.length < workers) return;
    for (const key of keys) {
      for (const verification of ['off-for-benchmark', 'every-signature'] as const) {
        if (options.signal.aborted) return;
        const verified = verification === 'every-signature';
        options.progress(`${algorithmLabel(key.algorithm)}, ${workers} signing, ${verified ? 'each signature verified' : 'not verified'}`);
        const measured = await measureSigning(signingKey(key, bed, verifiers, verification), pool.lanes.length, options);
        into.push({ algorithm: key.algorithm, workers, verified, ...measured });
      }
    }
  }
}

async function growTo(workers: number, { progress }: BenchOptions, { pool, name, more }: Bed): Promise<void> {
  const lanes = Array.from({ length: Math.max(0, workers - pool.lanes.length) }, more);
  await pool.grow(lanes, (error) => {
    const { message } = explainFailure(error, name) as Error;
    progress(`${workers} processes cannot sign side by side on this token: ${message}`);
  });
}

function signingKey(key: LaneKey, { pool, name }: Bed, verifiers: VerifyPool, verification: Verification): SigningKey {
  return makeSigningKey(key, {
    sign: (bytes, ends) => pool.sign(key, bytes, ends),
    verify: (data, signatures) => verifiers.verifyBatch(key.dnskey, data, signatures),
    verification,
    name: `the trial key ${algorithmByNumber(key.algorithm)?.mnemonic ?? key.algorithm} on ${name}`,
  });
}
