import * as z from 'zod';
import { Refusal } from '../../signer/errors.ts';
import { plain } from '../audit/describe.ts';
import { parseMoment } from '../config/time-text.ts';
import { zoneText } from './zone-text.ts';

/** What somebody saw of a zone or its parent, as a file. All times are unix seconds. */
export type Evidence = ZoneEvidence | DsEvidenceFile;

/** All servers of the zone, and the SOA serial that each gave out. */
export interface ZoneEvidence {
  readonly kind: 'zone';
  readonly zone: string;
  readonly observed: number;
  readonly servers: readonly ZoneServer[];
}

export interface ZoneServer extends Server {
  readonly serial: number | undefined;
  /** Its whole DNSKEY RRset, none as an empty list; undefined: it was not asked for it. */
  readonly dnskey?: readonly DnskeyRecord[] | undefined;
}

/** DNSKEY RDATA; the protocol is always 3 (RFC 4034 2.1.2). */
export interface DnskeyRecord {
  readonly flags: number;
  readonly algorithm: number;
  /** Base64 without blanks. */
  readonly publicKey: string;
}

/** All servers of the parent zone, and the DS RRset that each gave out; no DS is an empty list. */
export interface DsEvidenceFile {
  readonly kind: 'ds';
  readonly zone: string;
  readonly observed: number;
  readonly servers: readonly (Server & { readonly answer: DsAnswer | undefined })[];
}

export interface DsAnswer {
  readonly ttl: number;
  readonly ds: readonly DsRecord[];
}

/** One address of one name server; `error` where it did not answer. */
export interface Server {
  readonly name: string;
  readonly address: string;
  readonly error: string | undefined;
}

export interface DsRecord {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  /** Hexadecimal, lower case. */
  readonly digest: string;
}

const text = z.string().min(1).max(300);
const number = (most: number) => z.int().min(0).max(most);
const asciiText = text.regex(/^[!-~]+$/, 'printable ASCII without blanks');
const SERVER = { name: asciiText, address: asciiText };
const SILENT = z.strictObject({ ...SERVER, error: text });
/** Absolute: a file that is carried late must not become newer by it. */
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$|^\d{14}$/, 'a time in UTC like 2027-01-01T03:00:00Z');
const DS = z.strictObject({
  keyTag: number(0xffff),
  algorithm: number(255),
  digestType: number(255),
  digest: z
    .string()
    .max(128)
    .regex(/^(?:[0-9a-fA-F]{2})+$/, 'hexadecimal digits, two for each octet'),
});
/** RSA-4096 has 515 octets; the largest keys of all algorithms have fewer than 2000. */
const MOST_KEY_OCTETS = 4096;
const DNSKEY = z.strictObject({
  flags: number(0xffff),
  algorithm: number(255),
  publicKey: z
    .string()
    .min(4)
    .max(MOST_KEY_OCTETS)
    .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'base64 with its padding and without blanks'),
});
const HEAD = { format: z.literal(1), zone: text, observed: time };
const MOST_SERVERS = 512;
const MOST_DS = 32;
const MOST_DNSKEY = 32;
const servers = <T extends z.ZodType>(answer: T) =>
  z
    .array(z.union([answer, SILENT]))
    .min(1, 'at least one server')
    .max(MOST_SERVERS, `at most ${MOST_SERVERS} servers`);

/** Form of the file; its JSON Schema is what `evidence schema` prints. */
export const EVIDENCE_SCHEMA = z.discriminatedUnion('kind', [
  z.strictObject({
    ...HEAD,
    kind: z.literal('zone'),
    servers: servers(
      z.strictObject({
        ...SERVER,
        serial: number(0xffff_ffff),
        dnskey: z.array(DNSKEY).max(MOST_DNSKEY, `at most ${MOST_DNSKEY} DNSKEY records`).optional(),
      }),
    ),
  }),
  z.strictObject({
    ...HEAD,
    kind: z.literal('ds'),
    servers: servers(
      z.strictObject({ ...SERVER, ttl: number(0x7fff_ffff), ds: z.array(DS).max(MOST_DS, `at most ${MOST_DS} DS records`) }),
    ),
  }),
]);

/** How far the clock of the one who looked may be ahead of the one here. Seconds. */
const CLOCKS_APART = 300;

/**
 * @param name of the file, for messages
 * @throws Refusal evidence/not-json, evidence/form, evidence/future, evidence/server-twice
 */
export function parseEvidence(octets: Uint8Array, name: string, now: number): Evidence {
  const parsed = EVIDENCE_SCHEMA.safeParse(parseJson(octets, name));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Refusal(
      'evidence/form',
      `${name}: ${path.join('.') || 'the document'}: ${message}; ${parsed.error.issues.length} things of the form are wrong`,
      'coldsign evidence schema prints the form; docs/evidence.md has samples',
    );
  }
  const raw = parsed.data;
  const head = readHead(raw, name, now);
  refuseFuture(head.observed, now, name);
  refuseTwice(raw.servers, name);
  if (raw.kind === 'zone') {
    return {
      ...head,
      kind: 'zone',
      servers: raw.servers.map((one) => {
        if ('error' in one) return { ...serverOf(one), serial: undefined };
        return { ...serverOf(one), serial: one.serial, ...(one.dnskey === undefined ? {} : { dnskey: one.dnskey }) };
      }),
    };
  }
  return {
    ...head,
    kind: 'ds',
    servers: raw.servers.map((one) => ({ ...serverOf(one), answer: 'error' in one ? undefined : answerOf(one) })),
  };
}

function answerOf({ ttl, ds }: { ttl: number; ds: readonly DsRecord[] }): DsAnswer {
  return { ttl, ds: ds.map((record) => ({ ...record, digest: record.digest.toLowerCase() })) };
}

function serverOf(one: { name: string; address: string; error?: string }): Server {
  return { name: one.name.toLowerCase(), address: one.address.toLowerCase(), error: one.error };
}

/** A time that is none (the 31st of February) and a name that is none are errors of the file, not of the command line. */
function readHead({ zone, observed }: { zone: string; observed: string }, name: string, now: number): { zone: string; observed: number } {
  try {
    return { zone: zoneText(zone), observed: parseMoment(observed, now) };
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal('evidence/form', `${name}: ${cause.message}`, 'coldsign evidence schema prints the form', { cause });
  }
}

function parseJson(octets: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch (cause) {
    throw new Refusal('evidence/not-json', `${name} is not JSON: ${plain((cause as Error).message)}`, 'bring the file as it was written', {
      cause,
    });
  }
}

function refuseFuture(observed: number, now: number, name: string): void {
  if (observed <= now + CLOCKS_APART) return;
  throw new Refusal(
    'evidence/future',
    `${name} was observed ${observed - now} s after the time of this machine; ${CLOCKS_APART} s are the most that clocks may differ`,
    'set the clock of the machine that is wrong; evidence from the future lets time pass that has not passed',
  );
}

function refuseTwice(all: readonly { name: string; address: string }[], name: string): void {
  const seen = new Set<string>();
  for (const server of all) {
    const words = `${server.name} ${server.address}`.toLowerCase();
    if (seen.has(words))
      throw new Refusal('evidence/server-twice', `${name} has the server ${words} twice`, 'keep one answer of each address');
    seen.add(words);
  }
}
