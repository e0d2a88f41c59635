import { randomBytes } from 'node:crypto';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { dnskeyRdata, FLAG } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import { type LoginRules, Pin } from '../pin/pin.ts';
import type { PinSource } from '../pin/source.ts';
import { KeystoreProcess, RequestFailed } from '../pkcs11/keystore-process.ts';
import { generationMs, Lane, type LaneOptions } from '../pkcs11/lane.ts';
import { curveOf } from '../pkcs11/mechanisms.ts';
import { explainFailure, refuseNoMatch, tokenName } from '../pkcs11/token-refusal.ts';
import { modulePathOf, type Pkcs11Uri } from '../pkcs11/uri.ts';
import { verifierOf, verifies } from '../public-key.ts';
import type {
  AlgorithmVerdict,
  Examination,
  ModuleFacts,
  PairOutcome,
  PairTrial,
  SignTrial,
  TokenFacts,
  TrialPlace,
  Trials,
} from './facts.ts';
import { missingMechanism } from './missing-mechanism.ts';
import { examineModule } from './module-file.ts';
import { trialLane } from './trial-lane.ts';

export interface ExaminationOptions {
  readonly uri: Pkcs11Uri;
  /** Undefined: only what needs no login. */
  readonly pin: PinSource | undefined;
  readonly login?: LoginRules;
  /** Where a token makes no session keys, keys are stored on it for the moment of the trial. */
  readonly tokenKeys: boolean;
  /** Unix seconds. */
  readonly now: number;
  /** Ends the examination after the trial that runs. */
  readonly signal: AbortSignal;
  /** Told before each step that may take long. */
  readonly progress: (step: string) => void;
}

const RSA_BITS = 2048;
/** Each kind of key, with the algorithms that sign with it. */
const KINDS: readonly { readonly algorithms: readonly number[]; readonly bits: number }[] = [
  { algorithms: [8, 10], bits: RSA_BITS },
  { algorithms: [13], bits: 0 },
  { algorithms: [14], bits: 0 },
  { algorithms: [15], bits: 0 },
  { algorithms: [16], bits: 0 },
];

const SURVEY_MS = 60_000;
const MESSAGES = 256;
const MESSAGE_OCTETS = 48;

/**
 * Looks at a module and a token, and, with a PIN, tries what it can do. What was made is destroyed again.
 * @throws Refusal token/…, pin/…; Fault token/…; the reason of the signal
 */
export async function examineToken(options: ExaminationOptions): Promise<Examination> {
  const { uri, pin, now, progress } = options;
  const lane = trialLane(uri, pathOfAny(uri));
  progress('looking at the module');
  const module = await examineModule(lane.module, uri.softhsmConf);
  progress('looking at the token');
  const facts = await survey(lane, module);
  const untried = pin === undefined ? 'no login was wanted' : whyNoLogin(module, facts, options.login?.forceFinalTry === true);
  if (pin === undefined || untried !== undefined) return { module, facts, ...(untried === undefined ? {} : { untried }), now };
  return { module, facts, trials: await tryAll(lane, { ...options, pin }, facts), now };
}

/** Of a module that writes PINs down, too: it is looked at, and gets none. */
function pathOfAny(uri: Pkcs11Uri): string {
  try {
    return modulePathOf(uri);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'token/spy-module' && uri.modulePath?.startsWith('/') === true) return uri.modulePath;
    throw error;
  }
}

async function survey({ module: path, match, process: options }: LaneOptions, module: ModuleFacts): Promise<TokenFacts> {
  using process = new KeystoreProcess(options);
  try {
    const found = await process.ask('survey', { module: path, match }, SURVEY_MS);
    if (found.kind !== 'found') throw refuseNoMatch(match, found.kind, found.candidates);
    return found.facts;
  } catch (error) {
    throw explainFailure(error, `module ${module.path}`);
  }
}

/** Nothing is risked for an examination: no PIN into a log, no last try unless it is asked for. */
function whyNoLogin(module: ModuleFacts, { token, flags }: TokenFacts, forceFinalTry: boolean): string | undefined {
  if (module.kind === 'spy') return 'the module writes PINs to a log';
  if (flags.includes('protected authentication path')) return 'the token takes its PIN on a device of its own';
  if (!token.userPinInitialized) return 'the token has no user PIN';
  if (token.userPin === 'locked') return 'the user PIN is locked';
  if (token.userPin === 'final-try' && !forceFinalTry) return 'one try is left for the user PIN';
  return flags.includes('user PIN to be changed') ? 'the user PIN has to be changed first' : undefined;
}

async function tryAll(
  options: LaneOptions,
  examination: ExaminationOptions & { readonly pin: PinSource },
  facts: TokenFacts,
): Promise<Trials> {
  const name = tokenName(facts.token);
  using pin = new Pin(examination.pin, `PIN of token ${facts.token.label}`, examination.login);
  using lane = new Lane(options, pin);
  try {
    await lane.start();
    const before = await inSession(lane, () => lane.ask('take-inventory', {}));
    const algorithms: AlgorithmVerdict[] = [];
    let remains = 0;
    for (const kind of KINDS) {
      examination.signal.throwIfAborted();
      examination.progress(`trying algorithm ${kind.algorithms.map(algorithmLabel).join(' and ')}`);
      const found = await tryKind(lane, kind, examination.tokenKeys, facts);
      algorithms.push(...found.verdicts);
      remains += found.remains;
    }
    examination.signal.throwIfAborted();
    examination.progress('trying random numbers, sessions, data objects, wrapping');
    const abilities = await inSession(lane, () =>
      lane.ask('try-abilities', { place: examination.tokenKeys ? 'token' : 'session' }, generationMs(RSA_BITS)),
    );
    const after = await inSession(lane, () => lane.ask('take-inventory', {}));
    return { algorithms, abilities, before, after, remains: remains + abilities.remains };
  } catch (error) {
    throw explainFailure(error, name);
  }
}

interface KindFound {
  readonly verdicts: readonly AlgorithmVerdict[];
  readonly remains: number;
}

async function tryKind(lane: Lane, kind: (typeof KINDS)[number], tokenKeys: boolean, facts: TokenFacts): Promise<KindFound> {
  const missing = new Map(kind.algorithms.map((algorithm) => [algorithm, missingMechanism(algorithm, facts.token.mechanisms)]));
  const present = kind.algorithms.filter((algorithm) => missing.get(algorithm) === undefined);
  const absent = kind.algorithms.flatMap((algorithm): AlgorithmVerdict[] => {
    const lack = missing.get(algorithm);
    return lack === undefined ? [] : [{ kind: 'absent', algorithm, missing: lack }];
  });
  if (present.length === 0) return { verdicts: absent, remains: 0 };
  const places: readonly TrialPlace[] = tokenKeys ? ['session', 'token'] : ['session'];
  let found: KindFound = { verdicts: absent, remains: 0 };
  for (const place of places) {
    const trial = newTrial(present, kind.bits, place);
    const outcome = await askForPair(lane, trial);
    const verdicts = present.map((algorithm) => verdictOf(algorithm, trial, outcome));
    found = { verdicts: [...absent, ...verdicts], remains: found.remains + (outcome.kind === 'made' ? outcome.remains : 0) };
    if (!verdicts.some((verdict) => verdict.kind === 'refused')) break;
  }
  return found;
}

function newTrial(algorithms: readonly number[], bits: number, place: TrialPlace): PairTrial {
  return {
    algorithms,
    bits,
    place,
    id: Uint8Array.from(randomBytes(16)),
    bytes: Uint8Array.from(randomBytes(MESSAGES * MESSAGE_OCTETS)),
    ends: Uint32Array.from({ length: MESSAGES }, (_, i) => (i + 1) * MESSAGE_OCTETS),
  };
}

/** A token with a single session forgets the login when the session is renewed after a failed trial: once more, logged in. */
async function inSession<T>(lane: Lane, action: () => Promise<T>): Promise<T> {
  const { era } = lane;
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof RequestFailed) || error.failure.kind !== 'session') throw error;
    await lane.recover('session', era);
    return await action();
  }
}

/** A module that dies, hangs or fails as a whole in a trial has answered the question; the next trial gets a new process. */
async function askForPair(lane: Lane, trial: PairTrial): Promise<PairOutcome> {
  try {
    return await inSession(lane, () => lane.ask('try-pair', trial, generationMs(trial.bits)));
  } catch (error) {
    if (!(error instanceof RequestFailed) || (error.failure.kind !== 'device' && error.failure.kind !== 'session')) throw error;
    await lane.recover('process', lane.era);
    await lane.ask('destroy-trials', { id: trial.id });
    return { kind: 'refused', call: error.failure.call, name: error.failure.name };
  }
}

/** The signatures are verified here, by node:crypto, against the public key that the token told. */
function verdictOf(algorithm: number, trial: PairTrial, outcome: PairOutcome): AlgorithmVerdict {
  if (outcome.kind === 'refused') return { algorithm, ...outcome };
  const signed = outcome.signing.find((each) => each.algorithm === algorithm)?.outcome;
  if (signed === undefined) return { kind: 'refused', algorithm, call: 'C_Sign', name: 'not tried' };
  if (signed.kind === 'refused') return { algorithm, ...signed };
  const bad = countBad(algorithm, outcome.publicKey, trial, signed);
  if (bad > 0) return { kind: 'wrong', algorithm, bad, of: signed.count };
  return {
    kind: 'works',
    algorithm,
    key: curveOf(algorithm) ?? `RSA ${trial.bits}`,
    place: trial.place,
    mechanism: signed.mechanism,
    signatureOctets: signed.signatures.length / signed.count,
    signatures: signed.count,
    generateMs: toMicroseconds(outcome.milliseconds),
    signMs: toMicroseconds(signed.milliseconds / signed.count),
    strength: outcome.strength,
    attestation: outcome.attestation,
    isReadable: outcome.isReadable,
    ...(outcome.couldModify === undefined ? {} : { couldModify: outcome.couldModify }),
  };
}

type Signed = Extract<SignTrial['outcome'], { kind: 'signed' }>;

function countBad(algorithm: number, publicKey: Uint8Array, { bytes, ends }: PairTrial, { signatures, count }: Signed): number {
  const verifier = verifierOf(dnskeyRdata(FLAG.zone | FLAG.sep, algorithm, publicKey));
  const octets = signatures.length / count;
  let bad = 0;
  for (let i = 0; i < count; i++) {
    const message = bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]);
    if (!verifies(verifier, message, signatures.subarray(i * octets, (i + 1) * octets))) bad++;
  }
  return bad;
}

/** Milliseconds with three digits: more would be noise. */
const toMicroseconds = (ms: number): number => Math.max(1, Math.round(ms * 1000)) / 1000;
