import type { Methods, ZoneRoll } from '../../keystore/rollover/model.ts';
import type { StartWhat } from '../../keystore/rollover/start/what.ts';
import { algorithmNumberFromText } from '../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Config } from '../config/config.ts';
import { keyOf } from './named-key.ts';

/** The options of `roll start`, as text. */
export interface RollOptions {
  readonly role?: string;
  readonly algorithm?: string;
  readonly to?: string;
  readonly insecure?: boolean;
  readonly firstSigning?: boolean;
  readonly standby?: string;
  readonly standbyHow?: string;
  /** Keys by their words: see keyOf(). */
  readonly revoke?: string;
  readonly emergency?: string;
  readonly lost?: string;
  readonly keep?: boolean;
  readonly break?: string;
  readonly approvedBy?: string;
  readonly method?: string;
  /** The new key. */
  readonly new?: string;
  /** Moment from which on the caches of other operators have it. */
  readonly knownElsewhereFrom?: string;
  /** Seconds for which the zone may be bogus. */
  readonly acceptBogus?: number;
}

const KINDS = ['role', 'algorithm', 'to', 'insecure', 'firstSigning', 'standby', 'revoke', 'emergency', 'lost'] as const;

/**
 * Options → what is to be rolled.
 * @param validUntil end of the signatures over the DNSKEY RRset
 * @throws Refusal usage/roll, usage/key-name, roll/key-unknown, roll/key-ambiguous, roll/approvals, policy/unknown-person
 */
export function rollChoice(options: RollOptions, zone: ZoneRoll, config: Pick<Config, 'people'>, validUntil: number): StartWhat {
  const given = KINDS.filter((kind) => options[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    const found = given.length === 0 ? 'none' : given.map(optionOf).join(' and ');
    throw usage(`roll start takes one of ${KINDS.map(optionOf).join(', ')}; given: ${found}`);
  }
  if (options.new !== undefined && kind !== 'role' && kind !== 'emergency') throw usage('--new goes with --role and --emergency');
  if (options.acceptBogus !== undefined && options.break !== 'bogus') throw usage('--accept-bogus goes with --break bogus');
  switch (kind) {
    case 'role':
      return { kind: oneOf('--role', options.role!, ['zsk', 'ksk', 'csk']), ...newKeyOf(options, zone) };
    case 'algorithm':
      return { kind: 'algorithm', algorithm: algorithmOf(options.algorithm!) };
    case 'to':
      return { kind: `to-${oneOf('--to', options.to!, ['csk', 'split'])}` };
    case 'insecure':
      return { kind: 'insecure' };
    case 'firstSigning':
      return { kind: 'first-signing' };
    case 'standby':
      return {
        kind: 'standby',
        role: oneOf('--standby', options.standby!, ['zsk', 'ksk']),
        how: oneOf('--how', options.standbyHow ?? 'dnskey', ['dnskey', 'ds', 'none']),
      };
    case 'revoke':
      return { kind: 'revoke', key: keyOf(zone, options.revoke!).name };
    case 'lost':
      return { kind: 'lost', key: keyOf(zone, options.lost!).name, validUntil };
    case 'emergency':
      return emergencyOf(options, zone, config);
    default:
      return kind satisfies never;
  }
}

const optionOf = (kind: (typeof KINDS)[number]): string => (kind === 'firstSigning' ? '--first-signing' : `--${kind}`);

function emergencyOf(options: RollOptions, zone: ZoneRoll, config: Pick<Config, 'people'>): StartWhat {
  const key = keyOf(zone, options.emergency!).name;
  if ((options.keep === true) === (options.break !== undefined))
    throw usage('--emergency takes either --keep, which keeps the chain of trust, or --break bogus|insecure');
  if (options.break === undefined) return { kind: 'emergency', key, how: 'keep', ...newKeyOf(options, zone) };
  return {
    kind: 'emergency',
    key,
    how: oneOf('--break', options.break, ['bogus', 'insecure']),
    approvedBy: approvalsOf(options.approvedBy, config) ?? [],
    ...newKeyOf(options, zone),
  };
}

function newKeyOf({ new: words }: RollOptions, zone: ZoneRoll): { readonly new?: string } {
  return words === undefined ? {} : { new: keyOf(zone, words).name };
}

/** Two different people of the configuration. @throws Refusal roll/approvals, policy/unknown-person */
export function approvalsOf(text: string | undefined, { people }: Pick<Config, 'people'>): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '');
  const unknown = names.find((name) => !Object.hasOwn(people, name));
  if (unknown !== undefined) {
    throw new Refusal(
      'policy/unknown-person',
      `--approved-by ${unknown}: the configuration in force names ${Object.keys(people).join(', ') || 'no people'}`,
      'name two of them, or add people under people: and run coldsign policy apply',
    );
  }
  if (names.length >= 2) return names;
  throw new Refusal(
    'roll/approvals',
    `--approved-by names ${names.length} of the people of the configuration; it takes 2 who are different`,
    'have a second person agree: --approved-by A,B',
  );
}

/** `--method` says how this one rollover is done, whatever the policy says. @throws Refusal usage/roll */
export function methodsOf(what: StartWhat, method: string | undefined): Partial<Methods> | undefined {
  if (method === undefined) return undefined;
  switch (what.kind) {
    case 'zsk':
      return { zsk: oneOf('--method', method, ['pre-publication', 'double-signature']) };
    case 'ksk':
      return { ksk: oneOf('--method', method, ['double-ksk', 'double-ds', 'double-rrset']) };
    case 'csk':
      return { csk: oneOf('--method', method, ['pre-publication', 'double-signature', 'delayed-signatures', 'double-ds']) };
    case 'algorithm':
      return { algorithm: oneOf('--method', method, ['conservative', 'liberal']) };
    default:
      throw usage(`--method ${method} goes with --role or --algorithm, not with ${what.kind}`);
  }
}

function algorithmOf(text: string): number {
  const number = algorithmNumberFromText(text);
  if (number !== undefined) return number;
  throw new Refusal(
    'usage/bad-algorithm',
    `"${text}" is no DNSSEC algorithm`,
    'use a number or mnemonic of the IANA registry: 13, ECDSAP256SHA256',
  );
}

function oneOf<const T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw usage(`${option} ${text} is none of ${words.join(', ')}`);
}

const usage = (text: string): Refusal => new Refusal('usage/roll', text, 'see coldsign roll start --help');
