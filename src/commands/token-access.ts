import { type Keystore, type KeystoreOptions, openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';

/** Where a command writes: results to standard output, notes to standard error. */
export interface Output {
  write(text: string): void;
}

/** What every command on a token takes. */
export interface TokenOptions {
  /** PKCS#11 URI of the token; where a command needs a key, of the key. */
  readonly token: string;
  /** File descriptor with the PIN; else pin-source of the URI; else the prompt. */
  readonly pinFd?: number;
  /** File descriptor with shares, where pin-source is `shares:`. */
  readonly shareFd?: number;
  readonly forceFinalTry?: boolean;
  readonly json?: boolean;
}

/** Opens the token that the options name, with one child process: administration needs no speed. */
export async function openToken(options: TokenOptions, notes: Output, more: Partial<KeystoreOptions> = {}): Promise<Keystore> {
  const uri: Pkcs11Uri = parsePkcs11Uri(options.token);
  const pin = choosePinSource(uri, options.pinFd, options.shareFd);
  const login = { forceFinalTry: options.forceFinalTry === true };
  return openKeystore({ uri, pin, login, workers: 1, warn: (text) => notes.write(`${text}\n`), ...more });
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
