import * as z from 'zod';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { FormatError } from '../../signer/dns/format-error.ts';
import { MAX_TTL } from '../../signer/dns/ttl.ts';
import { algorithmNumberFromText } from '../../signer/dnssec/algorithm.ts';
import { Refusal } from '../../signer/errors.ts';
import { nearest } from '../../signer/nearest.ts';
import { SEVERITY as ZONE_FINDINGS } from '../../signer/zone/checks/rules.ts';
import { SEVERITY as ZONE_FILE_FINDINGS } from '../../signer/zonefile/rules.ts';
import { parseDuration } from './time-text.ts';
import { nameOfPerson } from './zone-name.ts';

/*
 * The scalar values of coldsign.yaml. The message of each is what was expected, in words; what was found stands before it.
 * What a pattern can say is a pattern, so that the JSON Schema says it too.
 */

const UNITS = '(?:[0-9]+(?:s|sec|min|h|d|w|mo|y))+|[0-9]+';
const ISO = 'P(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+W)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?';
const DURATION_WORDS = 'a duration like 30d, 12h, 90s, 2w, 15min or P14D';

/** TTLs are at most this (RFC 2181 8), and RRSIG times compare within as much (RFC 4034 3.1.5). */
const MAX_SPAN = MAX_TTL;

/** Seconds as a number, or text with units. */
export const DURATION = spanSchema(`^(?:${UNITS}|${ISO})$`, DURATION_WORDS);
export const LIFETIME = spanSchema(`^(?:unlimited|${UNITS}|${ISO})$`, `unlimited, or ${DURATION_WORDS}`, 1);
export const PROOF_AGE = spanSchema(`^(?:none|${UNITS}|${ISO})$`, `none, or ${DURATION_WORDS}`, 1);
export const VALIDITY = spanSchema(`^(?:auto|${UNITS}|${ISO})$`, `auto, or ${DURATION_WORDS}`, 1);

/** @returns seconds; the text of the words `auto`, `unlimited` and `none` is not for here */
export const spanSeconds = (value: string | number): number => (typeof value === 'number' ? value : parseDuration(value));

function spanSchema(source: string, words: string, least = 0) {
  const pattern = new RegExp(source);
  const range = `${words}, from ${least} to ${MAX_SPAN} s`;
  const inRange = (text: string): boolean => {
    if (!pattern.test(text) || ['auto', 'unlimited', 'none'].includes(text)) return true;
    const seconds = parseDuration(text);
    return seconds >= least && seconds <= MAX_SPAN;
  };
  const text = z
    .string()
    .regex(pattern, {
      error: ({ input }) => (/[0-9]m(?:[0-9]|$)/.test(String(input)) ? `${words}; m is ambiguous: write min or mo` : words),
    })
    .refine(inRange, range);
  return z.union([z.int(words).min(least, words).max(MAX_SPAN, range), text], { error: words });
}

/** Names of policies, people and the like: they stand in paths, on command lines and in the log. */
export const WORD = textLike(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a name of at most 63 letters, digits, dots, hyphens and underscores');

export const LINE = textLike(/^[^\p{Cc}]{0,200}$/u, 'text of at most 200 characters on one line');

function textLike(pattern: RegExp, words: string) {
  return z.string(words).regex(pattern, words);
}

export const DOMAIN = z
  .string('a domain name like example.org')
  .regex(/^[!-~]+$/, { error: ({ input }) => nameProblem(String(input)) ?? '', abort: true })
  .refine((text) => nameProblem(text) === undefined, { error: ({ input }) => nameProblem(String(input)) ?? '' });

function nameProblem(text: string): string | undefined {
  try {
    if (text !== '') nameOfPerson(text);
    return text === '' ? 'a domain name like example.org' : undefined;
  } catch (error) {
    if (error instanceof FormatError) return `a domain name like example.org: ${error.expected} in place of ${error.found}`;
    throw error;
  }
}

/** The message holds nothing of the URI: it might be a PIN. */
export const TOKEN_URI = z
  .string()
  .regex(/^pkcs11:(?!(?:.*[?&;:])?pin-value=)/, { error: ({ input }) => uriWords(String(input)) })
  .refine((text) => uriProblem(text) === undefined, { error: ({ input }) => uriWords(String(input)) });

const uriWords = (text: string): string => uriProblem(text) ?? 'a URI that begins with pkcs11: in lower case';

function uriProblem(text: string): string | undefined {
  try {
    const { token, serial, type, object, id } = parsePkcs11Uri(text);
    if (object !== undefined || id !== undefined || type !== undefined) return 'the URI of a token, without object, id and type';
    return token === undefined && serial === undefined ? 'a URI that names the token by token=LABEL or serial=SERIAL' : undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code === 'pin/in-uri'
      ? 'a URI without pin-value: everybody who reads this file would know the PIN. Change the PIN, and write pin-source=file:PATH'
      : `a PKCS#11 URI (RFC 7512), like pkcs11:token=LABEL?module-path=/path.so: ${error.message}`;
  }
}

/** C2SP signed notes: no blank, no plus in a name. */
export const ORIGIN = textLike(/^[!-*,-~]{1,200}$/, 'a name like audit.example.net/site-a, without blanks and plus signs');

export const VKEY = textLike(
  /^[!-*,-~]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}$/,
  'a verifier key NAME+KEYID+BASE64, as its holder publishes it',
);

export const SHA256 = textLike(/^[0-9a-f]{64}$/, 'a sha256 of 64 hexadecimal digits in lower case');

/** Linux: at most 15 octets, no blank and no slash. */
export const INTERFACE = textLike(/^(?!\.{1,2}$)[!-.0-~]{1,15}$/, 'the name of a network interface like eth1');

export const MODULE_PATH = textLike(/^\/[^\p{Cc}]{1,400}$/u, 'an absolute path');

const ALGORITHM_WORDS = 'an algorithm number, or its mnemonic like ECDSAP256SHA256';
export const ALGORITHM = z.union(
  [
    z.int(ALGORITHM_WORDS).min(0, ALGORITHM_WORDS).max(255, ALGORITHM_WORDS),
    z.string().refine((text) => algorithmNumberFromText(text) !== undefined, ALGORITHM_WORDS),
  ],
  ALGORITHM_WORDS,
);

const DIGEST_WORDS = 'a digest type: 2 (SHA-256) or 4 (SHA-384)';
export const DIGEST_TYPE = z.union(
  [z.int(DIGEST_WORDS).min(1, DIGEST_WORDS).max(255, DIGEST_WORDS), z.enum(['SHA-1', 'SHA-256', 'SHA-384'])],
  DIGEST_WORDS,
);

export const HEX = textLike(/^(?:[0-9A-Fa-f]{2}){0,255}$/, 'hexadecimal of at most 255 octets; digits alone need quotes');

const LEAST_TAGS = 1024;
const TAG_RANGE_WORDS = `a range of at least ${LEAST_TAGS} key tags between 0 and 65535, like 0-32767`;
export const TAG_RANGE = textLike(/^[0-9]{1,5}-[0-9]{1,5}$/, TAG_RANGE_WORDS).refine((text) => {
  const [low, high] = tagRangeEnds(text);
  return high - low >= LEAST_TAGS - 1 && high <= 0xffff;
}, TAG_RANGE_WORDS);

/** @returns smallest and largest tag of the range */
export function tagRangeEnds(text: string): readonly [number, number] {
  const [low, high] = text.split('-').map(Number);
  return [low!, high!];
}

export const PERCENT_TEXT = textLike(/^[0-9]{1,6}(?:\.[0-9]{1,3})?%$/, 'a share like 10%');

const FINDING_IDS = [...Object.keys(ZONE_FINDINGS), ...Object.keys(ZONE_FILE_FINDINGS)];
export const FINDING_ID = z.enum(FINDING_IDS as [string, ...string[]], { error: ({ input }) => findingWords(String(input)) });

function findingWords(id: string): string {
  const near = nearest(id, FINDING_IDS);
  return `the ID of a zone finding${near === undefined ? '' : `; ${near} is the nearest one`}`;
}
