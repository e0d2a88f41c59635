import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { AlgorithmVerdict, Examination, Trials } from './facts.ts';
import { grouped, SLOW_ZONE_SECONDS, SLOW_ZONE_SIGNATURES, signingTime } from './rates.ts';
import type { TokenRule } from './rules.ts';

type Judgement = ReturnType<TokenRule['judge']>;
type Working = Extract<AlgorithmVerdict, { kind: 'works' }>;

/** RSA key generation that is worth a coffee. */
const SLOW_KEYGEN_MS = 10_000;

const names = (verdicts: readonly AlgorithmVerdict[]): string => verdicts.map(({ algorithm }) => algorithmLabel(algorithm)).join(', ');
const working = ({ algorithms }: Trials): readonly Working[] => algorithms.filter((verdict) => verdict.kind === 'works');

const tried = (id: string, severity: TokenRule['severity'], judge: (trials: Trials) => Judgement): TokenRule => ({
  id,
  severity,
  judge: ({ trials }: Examination) => (trials === undefined ? undefined : judge(trials)),
});

/** What the trials after the login showed. */
export const loginRules: readonly TokenRule[] = [
  {
    id: 'TOKEN-NOT-TRIED',
    severity: 'info',
    judge: ({ trials, untried }) =>
      trials === undefined
        ? {
            text: `nothing was tried on the token: ${untried ?? 'no login'}`,
            next: 'put that right, and run coldsign token doctor with a login',
          }
        : undefined,
  },
  tried('TOKEN-NO-ALGORITHM', 'error', (trials) =>
    working(trials).length === 0
      ? {
          text: 'the token signs for none of the DNSSEC algorithms',
          next: trials.algorithms.some(({ kind }) => kind === 'refused')
            ? 'run coldsign token doctor --token-keys: it may know no session keys'
            : 'use another token',
        }
      : undefined,
  ),
  tried('TOKEN-BAD-SIGNATURE', 'error', ({ algorithms }) => {
    const wrong = algorithms.filter((verdict) => verdict.kind === 'wrong');
    if (wrong.length === 0) return undefined;
    const counts = wrong.map(({ algorithm, bad, of }) => `${bad} of ${of} for ${algorithmLabel(algorithm)}`).join(', ');
    return {
      text: `signatures of the token do not verify: ${counts}`,
      next: 'do not use these algorithms of the token; report it to the vendor',
    };
  }),
  tried('TOKEN-ALGORITHM-FAILS', 'warning', ({ algorithms }) => {
    const refused = algorithms.filter((verdict) => verdict.kind === 'refused');
    if (refused.length === 0) return undefined;
    const why = refused.map(({ algorithm, call, name }) => `${algorithmLabel(algorithm)}: ${call} ${name}`).join('; ');
    return {
      text: `the token lists what these algorithms need, and fails when it is tried: ${why}`,
      next: 'run it with --token-keys if session keys are what it refuses; else use the other algorithms',
    };
  }),
  tried('TOKEN-NO-P256', 'warning', ({ algorithms }) =>
    algorithms.some(({ kind, algorithm }) => algorithm === 13 && kind === 'absent')
      ? {
          text: 'the token has no ECDSA P-256 (algorithm 13), which every validator knows',
          next: 'use RSA (algorithm 8), or another token',
        }
      : undefined,
  ),
  tried('TOKEN-NO-EDDSA', 'info', ({ algorithms }) => {
    const absent = algorithms.filter(({ kind, algorithm }) => kind === 'absent' && (algorithm === 15 || algorithm === 16));
    return absent.length === 0
      ? undefined
      : { text: `the token does not sign for ${names(absent)}`, next: 'use algorithm 13, or another token if a policy asks for EdDSA' };
  }),
  tried('TOKEN-SESSION-KEYS', 'warning', (trials) => {
    const stored = working(trials).filter(({ place }) => place === 'token');
    return stored.length === 0
      ? undefined
      : {
          text: `the token makes no session keys for ${names(stored)}; the trial stored keys and destroyed them`,
          next: 'expect that every trial writes to its memory, which wears out on some cards',
        };
  }),
  tried('TOKEN-EXTRACTABLE', 'error', (trials) => {
    const open = working(trials).filter(({ isReadable, attestation }) => isReadable || attestation.extractable === true);
    return open.length === 0
      ? undefined
      : {
          text: `keys made as not extractable can be taken out: ${names(open)}`,
          next: 'do not keep keys of zones on this token',
        };
  }),
  tried('TOKEN-WRAPS-UNEXTRACTABLE', 'error', ({ abilities }) => {
    const leaking = abilities.wrapping.filter(({ takesUnextractable }) => takesUnextractable);
    return leaking.length === 0
      ? undefined
      : {
          text: `a key that was made as not extractable could be wrapped all the same: ${leaking.map(({ mechanism }) => mechanism).join(', ')}`,
          next: 'whoever may log in can take keys out; do not keep keys of zones on this token',
        };
  }),
  tried('TOKEN-MODIFIABLE', 'warning', (trials) => {
    const soft = working(trials).filter(({ couldModify }) => couldModify === true);
    return soft.length === 0
      ? undefined
      : {
          text: `attributes of keys made as not modifiable could be changed: ${names(soft)}`,
          next: 'do not rely on what the token says of permitted uses; guard who may log in',
        };
  }),
  tried('TOKEN-DEFAULTS', 'warning', ({ abilities: { defaults } }) => {
    const faults = [
      ...(defaults?.extractable === true ? ['extractable'] : []),
      ...(defaults?.sensitive === false ? ['not sensitive'] : []),
    ];
    return faults.length === 0
      ? undefined
      : {
          text: `a key is ${faults.join(' and ')} on this token unless its maker says otherwise; coldsign does`,
          next: 'look at the attributes of keys that other programs made before you use them',
        };
  }),
  tried('TOKEN-TEMPLATE', 'info', (trials) => {
    const weak = working(trials).filter(({ strength }) => strength !== 'hardened');
    return weak.length === 0
      ? undefined
      : {
          text: `the token does not take all restrictions of the template: ${weak.map(({ algorithm, strength }) => `${algorithmLabel(algorithm)} ${strength}`).join(', ')}`,
          next: 'see its manual for what limits the uses of a key there',
        };
  }),
  tried('TOKEN-ATTESTATION', 'info', (trials) => {
    const silent = working(trials).filter(
      ({ attestation: a }) => a.local !== true || a.alwaysSensitive !== true || a.neverExtractable !== true,
    );
    return silent.length === 0
      ? undefined
      : {
          text: `the token does not attest that its own new keys were made in it and never left it: ${names(silent)}`,
          next: 'keep the record of the ceremony as the evidence of origin, or the attestation of the vendor where there is one',
        };
  }),
  tried('TOKEN-SLOW', 'warning', (trials) => {
    const slow = working(trials).filter(({ signMs }) => (SLOW_ZONE_SIGNATURES * signMs) / 1000 > SLOW_ZONE_SECONDS);
    return slow.length === 0
      ? undefined
      : {
          text: `${grouped(String(SLOW_ZONE_SIGNATURES))} signatures take about ${slow.map((each) => `${signingTime(each.signMs)} with ${algorithmLabel(each.algorithm)}`).join(', ')}`,
          next: 'keep the KSK here and sign large zones with a ZSK elsewhere, or raise signatures-validity so that fewer are renewed at a time',
        };
  }),
  tried('TOKEN-SLOW-KEYGEN', 'info', (trials) => {
    const slow = working(trials).filter(({ generateMs }) => generateMs > SLOW_KEYGEN_MS);
    return slow.length === 0
      ? undefined
      : {
          text: `making a key takes long: ${slow.map(({ algorithm, generateMs }) => `${algorithmLabel(algorithm)} ${Math.round(generateMs / 1000)} s`).join(', ')}`,
          next: 'plan for it in ceremonies',
        };
  }),
  tried('TOKEN-NO-WRAP', 'info', ({ abilities }) =>
    abilities.wrapping.some(({ ability }) => ability.kind === 'works')
      ? undefined
      : {
          text: 'no key can be backed up by wrapping it: no AES key wrap mechanism works',
          next: "use the backup procedure of the vendor, or coldsign key backup for SoftHSM's own folder",
        },
  ),
  tried('TOKEN-NO-DATA', 'info', ({ abilities: { dataObject } }) =>
    dataObject.kind === 'works'
      ? undefined
      : {
          text: `the token stores no data objects (${dataObject.call}: ${dataObject.name})`,
          next: 'with the audit key on it, the log finds its head in the workspace alone: use witnesses or paper checkpoints',
        },
  ),
  tried('TOKEN-RANDOM', 'error', ({ abilities: { random } }) =>
    random.kind === 'zero' || random.kind === 'repeated'
      ? {
          text: `the random number generator is broken: 32 octets, drawn twice, were ${random.kind === 'zero' ? 'all zero' : 'the same'}`,
          next: 'take the token out of service: keys made by it can be guessed',
        }
      : undefined,
  ),
  tried('TOKEN-NO-RANDOM', 'info', ({ abilities: { random } }) =>
    random.kind === 'refused'
      ? { text: `the token gives out no random numbers (${random.call}: ${random.name})`, next: 'nothing: coldsign does not need them' }
      : undefined,
  ),
  tried('TOKEN-TRIAL-REMAINS', 'warning', ({ before }) =>
    before.trials === 0
      ? undefined
      : {
          text: `${before.trials} objects of an interrupted trial were on the token before`,
          next: 'if no other examination or bench runs on it, remove them with: coldsign token bench --clean',
        },
  ),
  tried('TOKEN-REMAINS', 'error', ({ before, after, remains }) =>
    remains === 0 && before.sha256 === after.sha256
      ? undefined
      : {
          text: `the token does not hold what it held before: ${before.objects} objects then, ${after.objects} now; ${remains} of this examination could not be destroyed`,
          next: 'see with coldsign key list whether another program worked on it meanwhile; remove remains with coldsign token bench --clean',
        },
  ),
];
