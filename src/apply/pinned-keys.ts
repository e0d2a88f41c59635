import { readFileSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import { parseVkey, type VerifierKey } from '../audit/vkey.ts';
import { readApplyConfig } from './apply-config.ts';

const VKEY = /^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/;

/**
 * Verifier keys as people give them: each a key, or a file with one key a line; lines that begin with # and empty ones are left out.
 * Those of a configuration of the connected side come on top.
 * @throws Refusal audit/bad-vkey, file/not-found, release/no-key where a file has none
 */
export function pinnedKeys(given: readonly string[], config?: string): readonly VerifierKey[] {
  const configured = config === undefined ? [] : readApplyConfig(config).keys;
  return [...given.flatMap((text) => (VKEY.test(text) ? [parseVkey(text)] : keysOfFile(text))), ...configured];
}

function keysOfFile(file: string): readonly VerifierKey[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal(
      'file/not-found',
      `--key ${file} is no verifier key NAME+KEYID+BASE64, and no file that can be read (${why})`,
      'check it',
      {
        cause,
      },
    );
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length > 0) return lines.map(parseVkey);
  throw new Refusal(
    'release/no-key',
    `${file} holds no verifier key`,
    'put the key of the signing side there: audit/vkeys of the workspace has it',
  );
}
