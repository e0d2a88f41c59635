import { type Keystore, type KeystoreOptions, openKeystore } from '../../keystore/keystore.ts';
import { type PinOptions, tokenLogin } from '../../keystore/pin/source.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';

/** Where a command writes: results to standard output, notes to standard error. */
export interface Output {
  write(text: string): void;
}

/** What every command on a token takes. */
export interface TokenOptions extends PinOptions {
  /** PKCS#11 URI of the token; where a command needs a key, of the key. */
  readonly token: string;
  readonly json?: boolean;
}

/** Opens the token that the options name, with one child process: administration needs no speed. */
export async function openToken(options: TokenOptions, notes: Output, more: Partial<KeystoreOptions> = {}): Promise<Keystore> {
  const uri: Pkcs11Uri = parsePkcs11Uri(options.token);
  return openKeystore({ uri, ...tokenLogin(uri, options), workers: 1, warn: (text) => notes.write(`${text}\n`), ...more });
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
