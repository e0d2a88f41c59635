import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { Attestation } from '../key.ts';
import { CKM } from '../pkcs11/constants.ts';
import type { Ability, AlgorithmVerdict, Count, CryptoBinding, Examination, MechanismFacts, Trials } from './facts.ts';
import { grouped, rate, SLOW_ZONE_SECONDS, SLOW_ZONE_SIGNATURES, signingTime } from './rates.ts';
import type { Advice } from './rules.ts';

/** A part of the report: its head, and lines of a name and what is said of it. */
export interface Section {
  readonly head: string;
  readonly rows: readonly (readonly [name: string, text: string])[];
}

/** @param everyMechanism all that the token lists, not those alone that have to do with DNSSEC, backup or random numbers */
export function describeExamination(examination: Examination, everyMechanism: boolean): readonly Section[] {
  const { trials, facts } = examination;
  return [
    moduleSection(examination),
    tokenSection(examination),
    {
      head: 'mechanisms',
      rows: facts.mechanisms.filter(({ type }) => everyMechanism || RELEVANT.has(type)).map((each) => [each.name, mechanismText(each)]),
    },
    ...(trials === undefined ? [] : [algorithmSection(trials), abilitySection(trials)]),
    verdictSection(examination),
  ];
}

/** CKM_AES_KEY_GEN and the AES key wraps. */
const BACKUP_MECHANISMS = [0x1080, 0x2109, 0x210a, 0x210b];
const RELEVANT: ReadonlySet<number> = new Set([...Object.values(CKM), ...BACKUP_MECHANISMS]);

/** The findings, as lines with the next step under each. */
export function adviceLines(advice: readonly Advice[]): readonly string[] {
  return advice.flatMap(({ severity, id, text, next }) => [`${severity} ${id} ${text}`, `    next: ${next}`]);
}

function moduleSection({ module, facts: { library } }: Examination): Section {
  const kinds = {
    module: 'PKCS#11 module',
    spy: 'writes every call to a log, PINs among them',
    forwarding: 'passes calls on to another module',
  };
  return {
    head: 'module',
    rows: [
      ['file', module.path],
      ['sha256', module.sha256],
      ['library', `${library.manufacturer}: ${library.description} ${library.version}, Cryptoki ${library.cryptoki}`],
      ['kind', kinds[module.kind]],
      ['links', module.needs.join(' ') || 'not told'],
      ['OpenSSL', bindingText(module.binding)],
    ],
  };
}

function bindingText(binding: CryptoBinding): string {
  switch (binding.kind) {
    case 'none':
      return 'the module calls none through the dynamic linker';
    case 'unknown':
      return `not known: ${binding.because}`;
    case 'bound':
      return binding.to
        .map(({ file, isNode, functions }) => `${functions} functions answered by ${isNode ? 'the OpenSSL inside of Node' : file}`)
        .join(', ');
    default:
      return binding satisfies never;
  }
}

function tokenSection({ facts, now }: Examination): Section {
  const { token, slot, sessions, pinLength, memory, clock } = facts;
  const pin = { fine: 'no wrong one counted', 'count-low': 'a wrong one was entered', 'final-try': 'one try left', locked: 'locked' };
  return {
    head: 'token',
    rows: [
      ['label', token.label],
      ['serial', token.serial || '(none)'],
      ['model', `${token.manufacturer} ${token.model}`],
      ['versions', `firmware ${token.firmware}, hardware ${facts.hardwareVersion}`],
      [
        'slot',
        `${slot.description}, ${slot.isHardware ? 'a device' : 'not claimed to be a device'}${slot.isRemovable ? ', removable' : ''}`,
      ],
      ['flags', facts.flags.join(', ')],
      ['user PIN', token.userPinInitialized ? pin[token.userPin] : 'not set'],
      ['PIN length', `${pinLength.min} to ${pinLength.max}`],
      [
        'sessions',
        `${countText(sessions.max)}, open ${sessions.open}; read-write ${countText(sessions.maxReadWrite)}, open ${sessions.openReadWrite}`,
      ],
      ['free memory', `public ${memory.freePublic}, private ${memory.freePrivate}`],
      ['clock', clock === undefined ? 'none' : `${Math.round(clock - now)} s off this machine's`],
    ],
  };
}

const countText = (count: Count): string => (typeof count === 'number' ? `at most ${count}` : count);

function mechanismText({ minKeySize, maxKeySize, uses }: MechanismFacts): string {
  const size = maxKeySize === 0 ? '' : `keys ${minKeySize} to ${maxKeySize}; `;
  return `${size}${uses.join(' ') || 'uses not told'}`;
}

function algorithmSection({ algorithms }: Trials): Section {
  const rows = algorithms.flatMap((verdict) =>
    verdictTexts(verdict).map((text, i) => [i === 0 ? algorithmLabel(verdict.algorithm) : '', text] as const),
  );
  return { head: 'algorithms', rows };
}

function verdictTexts(verdict: AlgorithmVerdict): readonly string[] {
  switch (verdict.kind) {
    case 'works':
      return [
        `${verdict.key} ${verdict.place} key made in ${milliseconds(verdict.generateMs)}, ${verdict.strength} template`,
        `${verdict.signatures} signatures of ${verdict.signatureOctets} octets by ${verdict.mechanism}, ${milliseconds(verdict.signMs)} each, all verified`,
        `says: ${attestationText(verdict.attestation)}`,
      ];
    case 'absent':
      return [`no: the token lacks ${verdict.missing}`];
    case 'refused':
      return [`no: ${verdict.call} ${verdict.name}`];
    case 'wrong':
      return [`WRONG: ${verdict.bad} of ${verdict.of} signatures do not verify`];
    default:
      return verdict satisfies never;
  }
}

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;

/** `extractable no, sensitive yes, local not told`. */
function attestationText(attestation: Attestation): string {
  const rows: readonly (readonly [string, boolean | undefined])[] = [
    ['extractable', attestation.extractable],
    ['sensitive', attestation.sensitive],
    ['never extractable', attestation.neverExtractable],
    ['always sensitive', attestation.alwaysSensitive],
    ['local', attestation.local],
    ['copyable', attestation.copyable],
    ['modifiable', attestation.modifiable],
  ];
  return rows.map(([name, value]) => `${name} ${value === undefined ? 'not told' : value ? 'yes' : 'no'}`).join(', ');
}

function abilitySection({ abilities, before, after }: Trials): Section {
  const { sessions, random, dataObject, wrapping, defaults } = abilities;
  const drawn = { plausible: 'two draws of 32 octets differ', repeated: 'BROKEN: the same twice', zero: 'BROKEN: all zero' };
  return {
    head: 'abilities',
    rows: [
      [
        'sessions',
        `${sessions.opened} more opened${sessions.stopped === undefined ? ', not tried further' : `, then ${sessions.stopped.name}`}`,
      ],
      ['random', random.kind === 'refused' ? `none: ${random.name}` : drawn[random.kind]],
      ['data objects', abilityText(dataObject)],
      ...(wrapping.length === 0 ? [['wrapping', 'no AES key wrap'] as const] : []),
      ...wrapping.map(
        ({ mechanism, ability, takesUnextractable }) =>
          [mechanism, `${abilityText(ability)}${takesUnextractable ? '; WRAPS KEYS THAT ARE NOT EXTRACTABLE' : ''}`] as const,
      ),
      ['plain key', defaults === undefined ? 'not made' : `unless told otherwise: ${attestationText(defaults)}`],
      ['objects', `${before.objects} before, ${after.objects} after`],
    ],
  };
}

const abilityText = (ability: Ability): string => (ability.kind === 'works' ? 'works' : `no: ${ability.call} ${ability.name}`);

/** What the token is good for, in plain words. */
function verdictSection({ trials }: Examination): Section {
  if (trials === undefined) return { head: 'verdict', rows: [['DNSSEC', 'not known without a login']] };
  const working = trials.algorithms.filter((verdict) => verdict.kind === 'works');
  if (working.length === 0) return { head: 'verdict', rows: [['DNSSEC', 'this token cannot sign zones']] };
  return {
    head: 'verdict',
    rows: working.map(({ algorithm, signMs }) => {
      const seconds = (SLOW_ZONE_SIGNATURES * signMs) / 1000;
      const use = seconds > SLOW_ZONE_SECONDS ? 'KSK; as ZSK for small zones only' : 'KSK and ZSK';
      return [
        algorithmLabel(algorithm),
        `${use}: about ${grouped(rate(1000 / signMs))} signatures a second in one session, a zone of ${grouped(String(SLOW_ZONE_SIGNATURES))} signatures takes about ${signingTime(signMs)}`,
      ];
    }),
  };
}
