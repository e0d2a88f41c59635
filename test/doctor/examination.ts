import type { Abilities, AlgorithmVerdict, Examination, TokenFacts, Trials } from '../../keystore/doctor/facts.ts';

/** CKF_RNG, CKF_LOGIN_REQUIRED, CKF_USER_PIN_INITIALIZED, CKF_CLOCK_ON_TOKEN, CKF_TOKEN_INITIALIZED. */
const FLAG_BITS = { flags: 0x44d };

/** An examination in which nothing is wrong, for tests to spoil. */
export const GOOD_FACTS: TokenFacts = {
  library: { manufacturer: 'Maker', description: 'Module', version: '1.2', cryptoki: '2.40' },
  slot: { description: 'Reader', manufacturer: 'Maker', isHardware: true, isRemovable: false },
  token: {
    ...FLAG_BITS,
    label: 'ksk',
    serial: 'DE0102030',
    manufacturer: 'Maker',
    model: 'Model',
    slotDescription: 'Reader',
    firmware: '3.1',
    initialized: true,
    loginRequired: true,
    userPinInitialized: true,
    userPin: 'fine',
    mechanisms: [],
  },
  hardwareVersion: '1.0',
  flags: ['random generator', 'login required', 'user PIN set', 'clock on the token', 'initialised'],
  pinLength: { min: 6, max: 15 },
  sessions: { max: 16, open: 0, maxReadWrite: 'no limit', openReadWrite: 'not told' },
  memory: { freePublic: 'not told', freePrivate: 4096 },
  clock: 1_800_000_005,
  mechanisms: [{ type: 0x1041, name: 'CKM_ECDSA', minKeySize: 256, maxKeySize: 384, uses: ['sign', 'verify'] }],
};

export function works(algorithm: number, more: Partial<Extract<AlgorithmVerdict, { kind: 'works' }>> = {}): AlgorithmVerdict {
  return {
    kind: 'works',
    algorithm,
    key: 'P-256',
    place: 'session',
    mechanism: 'CKM_ECDSA',
    signatureOctets: 64,
    signatures: 40,
    generateMs: 120,
    signMs: 2,
    strength: 'hardened',
    attestation: {
      extractable: false,
      sensitive: true,
      neverExtractable: true,
      alwaysSensitive: true,
      local: true,
      copyable: false,
      modifiable: false,
    },
    isReadable: false,
    couldModify: false,
    ...more,
  };
}

export const GOOD_ABILITIES: Abilities = {
  sessions: { opened: 16 },
  random: { kind: 'plausible' },
  dataObject: { kind: 'works' },
  wrapping: [{ mechanism: 'CKM_AES_KEY_WRAP_PAD', ability: { kind: 'works' }, takesUnextractable: false }],
  defaults: { extractable: false, sensitive: true },
  remains: 0,
};

const INVENTORY = { objects: 2, sha256: 'ab'.repeat(32), trials: 0 };

export const GOOD_TRIALS: Trials = {
  algorithms: [8, 10, 13, 14, 15, 16].map((algorithm) => works(algorithm)),
  abilities: GOOD_ABILITIES,
  before: INVENTORY,
  after: INVENTORY,
  remains: 0,
};

export const GOOD: Examination = {
  module: { path: '/usr/lib/maker.so', sha256: '0'.repeat(64), kind: 'module', needs: ['libc.so.6'], binding: { kind: 'none' } },
  facts: GOOD_FACTS,
  trials: GOOD_TRIALS,
  now: 1_800_000_000,
};

export const withFacts = (facts: Partial<TokenFacts>): Examination => ({ ...GOOD, facts: { ...GOOD_FACTS, ...facts } });
export const withToken = (token: Partial<TokenFacts['token']>): Examination => withFacts({ token: { ...GOOD_FACTS.token, ...token } });
export const withFlag = (...flags: TokenFacts['flags']): Examination => withFacts({ flags: [...GOOD_FACTS.flags, ...flags] });
export const withTrials = (trials: Partial<Trials>): Examination => ({ ...GOOD, trials: { ...GOOD_TRIALS, ...trials } });
export const withAbilities = (more: Partial<Abilities>): Examination => withTrials({ abilities: { ...GOOD_ABILITIES, ...more } });
export const withAlgorithms = (...algorithms: AlgorithmVerdict[]): Examination => withTrials({ algorithms });
