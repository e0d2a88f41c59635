import { readFileSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import { VerifierUsage, type VerifyReport } from '../audit/verifier/report.ts';
import { describeReport } from '../audit/verifier/verdict.ts';
import { verifyExport } from '../audit/verifier/verify.ts';
import type { Io } from '../io.ts';

export interface AuditVerifyOptions {
  /** Archive, or the folder it was unpacked to. */
  readonly path: string;
  /** An older export, or an older checkpoint. */
  readonly since?: string;
  readonly sinceWords?: string;
  /** The key of the log, or a file with it. */
  readonly vkey?: string;
  /** Keys of witnesses, or files with one each. */
  readonly witnesses: readonly string[];
  readonly json: boolean;
}

/**
 * `audit verify`: export → what it proves, and what it does not. Needs no keys, no network, no workspace.
 * @returns 1 where something is not in order
 * @throws Refusal usage/audit-verify, file/not-found
 */
export async function auditVerify(options: AuditVerifyOptions, io: Io): Promise<number> {
  const report = verify(options);
  io.out.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : describeReport(report));
  return report.ok ? 0 : 1;
}

function verify({ path, since, sinceWords, vkey, witnesses }: AuditVerifyOptions): VerifyReport {
  if (since !== undefined && sinceWords !== undefined) throw badUsage('--since and --since-words are both given');
  try {
    return verifyExport(path, {
      ...(since === undefined ? {} : { since }),
      ...(sinceWords === undefined ? {} : { sinceWords }),
      ...(vkey === undefined ? {} : { vkey: vkeyText(vkey) }),
      witnesses: witnesses.map(vkeyText),
    });
  } catch (error) {
    if (error instanceof VerifierUsage) throw badUsage(error.message, error);
    throw error;
  }
}

const VKEY = /^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/;

/** The key itself, or what stands in the file of that name: one key; lines that begin with # are left out. */
function vkeyText(given: string): string {
  if (VKEY.test(given)) return given;
  const lines = read(given)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [first] = lines;
  if (first !== undefined && lines.length === 1) return first;
  throw badUsage(`${given} holds ${lines.length} keys, and one is asked for`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal(
      'file/not-found',
      `${path} is neither a verifier key NAME+KEYID+BASE64 nor a file that can be read (${why})`,
      'give the vkey of the log as it was published, or a file with it',
      { cause },
    );
  }
}

function badUsage(message: string, cause?: unknown): Refusal {
  return new Refusal('usage/audit-verify', message, 'coldsign audit verify --help lists what can be asked for', { cause });
}
