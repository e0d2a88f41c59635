import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { VerifyOptions, VerifyReport } from '../../../src/audit/verifier/report.ts';
import { verifyFiles } from '../../../src/audit/verifier/verify.ts';

export type Files = ReadonlyMap<string, Uint8Array>;

/** What both verifiers must agree on: whether it is in order, and the codes of the findings, sorted. */
export type Answer = readonly [ok: boolean, codes: readonly string[]];

export type Question =
  | { readonly base: string; readonly files: Readonly<Record<string, string>> }
  | {
      readonly case: string;
      readonly set: Readonly<Record<string, string>>;
      readonly remove: readonly string[];
      readonly options: SecondOptions;
    }
  | { readonly flip: string; readonly path: string; readonly mask: number }
  | { readonly archive: string; readonly from: number; readonly to: number; readonly mask: number }
  | { readonly yaml: string }
  | { readonly path: string; readonly options: SecondOptions };

/** The word lists go along: the second verifier has none. */
export interface SecondOptions extends VerifyOptions {
  readonly words?: readonly (readonly string[])[];
}

const PROGRAM = new URL('../verify_export.py', import.meta.url).pathname;

/** All questions to one process of the verifier in Python, which works while this one goes on. Bases are told, not asked: they have no answer. */
export async function askSecondVerifier<T = Answer>(questions: readonly Question[]): Promise<T[]> {
  const child = spawn('python3', [PROGRAM, '--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(questions.map((question) => JSON.stringify(question)).join('\n'));
  const ended = once(child, 'close');
  const lines = (await text(child.stdout)).split('\n').filter((line) => line !== '');
  const [status] = await ended;
  if (status !== 0) throw new Error(`verify_export.py ended with ${status}`);
  return lines.map((line) => JSON.parse(line) as T);
}

export function baseQuestion(name: string, files: Files): Question {
  return { base: name, files: encode(files) };
}

/** Only what differs from the base goes over. */
export function caseQuestion(name: string, base: Files, files: Files, options: SecondOptions): Question {
  const changed = new Map([...files].filter(([path, octets]) => !isSame(base.get(path), octets)));
  return { case: name, set: encode(changed), remove: [...base.keys()].filter((path) => !files.has(path)), options };
}

function isSame(one: Uint8Array | undefined, two: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, two) === 0;
}

function encode(files: Files): Record<string, string> {
  return Object.fromEntries([...files].map(([path, octets]) => [path, Buffer.from(octets).toString('base64')]));
}

export function answerOf({ ok, findings }: Pick<VerifyReport, 'ok' | 'findings'>): Answer {
  return [ok, [...new Set(findings.map(({ code }) => code))].sort()];
}

export function errorsOf({ findings }: VerifyReport): string[] {
  return [...new Set(findings.filter(({ severity }) => severity === 'error').map(({ code }) => code))].sort();
}

export function verifyFirst(files: Files, options: VerifyOptions = {}): Answer {
  return answerOf(verifyFiles(files, options));
}

/** MANIFEST as somebody makes it who has changed the files: it is not signed. */
export function relisted(files: Files, absent = absentLines(files)): Map<string, Uint8Array> {
  const listed = [...files]
    .filter(([path]) => path !== 'MANIFEST')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, octets]) => `${createHash('sha256').update(octets).digest('hex')}  ${octets.length}  ${path}`);
  return new Map([...files, ['MANIFEST', Buffer.from([...listed, ...absent, ''].join('\n'))]]);
}

export function absentLines(files: Files): string[] {
  return textOf(files, 'MANIFEST')
    .split('\n')
    .filter((line) => line.startsWith('absent '));
}

export function textOf(files: Files, path: string): string {
  return Buffer.from(files.get(path) ?? []).toString('utf8');
}
