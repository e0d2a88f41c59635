import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Fault } from '../signer/errors.ts';
import type { Contender, Job } from './contender.ts';
import { run } from './run.ts';
import { writeZone, type ZoneText } from './zones.ts';

const SIGNER_OWNED = new Set(['RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM', 'DNSKEY']);
const CHUNK = 1 << 18;

/** RRSIG records of a zone that was written by a signer, one record a line. */
export interface SignatureCount {
  readonly all: number;
  /** Those that are not in the zone as it was signed before. */
  readonly made: number;
}

/** @param before file with the signatures that could be kept */
export async function countSignatures(file: string, before?: string): Promise<SignatureCount> {
  const old = new Set<string>();
  if (before !== undefined) for await (const line of linesOf(before)) if (typeOf(line) === 'RRSIG') old.add(signatureOf(line));
  let all = 0;
  let made = 0;
  for await (const line of linesOf(file)) {
    if (typeOf(line) !== 'RRSIG') continue;
    all++;
    if (!old.has(signatureOf(line))) made++;
  }
  return { all, made };
}

/** Writes the unsigned zone, followed by the DNSSEC records of an earlier signed version: what BIND and Knot are given to sign again. */
export async function mergeSignatures(zone: ZoneText, signed: string, file: string): Promise<void> {
  writeZone(zone, file);
  const output = createWriteStream(file, { flags: 'a' });
  let chunk = '';
  for await (const line of linesOf(signed)) {
    if (!SIGNER_OWNED.has(typeOf(line))) continue;
    chunk += `${line}\n`;
    if (chunk.length < CHUNK) continue;
    if (!output.write(chunk)) await once(output, 'drain');
    chunk = '';
  }
  output.end(chunk);
  await once(output, 'close');
}

/**
 * Lets validators of other makers judge what a contender has written: BIND's dnssec-verify (every signature) and Knot's kzonecheck.
 * @returns the judges' names
 * @throws Fault verify/bench-output
 */
export async function judge(contender: Contender, job: Job): Promise<string[]> {
  const file = contender.output(job);
  const judges = [
    { maker: 'bind', name: 'dnssec-verify', argv: ['dnssec-verify', '-q', '-x', '-o', job.origin, file] },
    { maker: 'knot', name: 'kzonecheck', argv: ['kzonecheck', '--dnssec', 'on', '-o', job.origin, file] },
  ] as const;
  const asked = judges.filter(({ maker }) => maker !== contender.maker);
  for (const { name, argv } of asked) {
    try {
      await run(argv);
    } catch (cause) {
      throw new Fault(
        'verify/bench-output',
        `${name} rejects what ${contender.name} made of ${job.origin}: ${String(cause)}`,
        `look at ${file}`,
        { cause },
      );
    }
  }
  return asked.map(({ name }) => name);
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file, { highWaterMark: CHUNK }), crlfDelay: Number.POSITIVE_INFINITY });
}

/** Third field, or the fourth where a class is written. */
function typeOf(line: string): string {
  const [, , third = '', fourth = ''] = line.split(/[ \t]+/, 4);
  return third === 'IN' ? fourth : third;
}

/** The text after the signer's name: unique, for it comes from a random number. A comment after it, as ldns writes, is left out. */
function signatureOf(line: string): string {
  const [data = ''] = line.slice(line.indexOf('RRSIG')).split(';', 1);
  return data
    .trim()
    .split(/[ \t]+/)
    .slice(9)
    .join('');
}
