import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keystore, type KeystoreOptions, openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { modulePathOf, type Pkcs11Uri, parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { initSoftToken } from '../../keystore/token-administration.ts';
import { createTokenFolder, type TokenFolder } from '../../softhsm/token.ts';

/** A SoftHSM token of its own, gone after the test. */
export class TestToken implements Disposable {
  readonly folder: TokenFolder;
  readonly uri: Pkcs11Uri;

  constructor(folder: TokenFolder, uri: Pkcs11Uri) {
    this.folder = folder;
    this.uri = uri;
  }

  /** Complete: token, serial, module-path, pin-source, x-softhsm2-conf. */
  get uriText(): string {
    return printPkcs11Uri(this.uri);
  }

  /** With all its child processes. */
  async open(options: Partial<KeystoreOptions> = {}): Promise<Keystore> {
    const keystore = await openKeystore({ uri: this.uri, pin: choosePinSource(this.uri), ...options });
    await keystore.complete();
    return keystore;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder.dir, { recursive: true, force: true });
  }
}

/** Temporary folder, initialised token, random PIN in a 0600 file. */
export async function makeTestToken(label = 'coldsign-test'): Promise<TestToken> {
  const folder = createTokenFolder(mkdtempSync(join(tmpdir(), 'coldsign-token-')));
  const base = { ...parsePkcs11Uri('pkcs11:'), softhsmConf: folder.config };
  const token = await initSoftToken(base, {
    label,
    soPin: { kind: 'new-file', path: folder.soPinFile },
    userPin: async () => ({ kind: 'new-file', path: folder.pinFile }),
  });
  const pinSource = `file:${folder.pinFile}`;
  return new TestToken(folder, { ...base, token: label, serial: token.serial, modulePath: modulePathOf(base), pinSource });
}

/** Runs `use` with a fresh token and removes it, whatever happens. */
export async function withToken<T>(use: (token: TestToken) => Promise<T>): Promise<T> {
  using token = await makeTestToken();
  return await use(token);
}
