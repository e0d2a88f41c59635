import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { parseName } from '../../signer/dns/name.ts';
import type { KeyRole } from '../../signer/zone-key.ts';
import type { Io } from '../../src/io.ts';
import { main } from '../../src/main.ts';
import { makeTestToken, type TestToken } from '../support/token.ts';

export interface NewKey {
  readonly zone: string;
  readonly role: KeyRole;
  readonly algorithm: number;
}

export interface MadeKey {
  readonly uri: string;
  /** A trust anchor: the DNSKEY record. */
  readonly record: string;
}

export interface SignedFile {
  readonly file: string;
  readonly anchor: string;
  readonly anchorFile: string;
}

/** A SoftHSM token and a folder, for tests that sign whole zones with `zone sign`. */
export class SigningBench implements AsyncDisposable {
  readonly #token: TestToken;
  readonly #folder: string;
  #zones = 0;

  private constructor(token: TestToken, folder: string) {
    this.#token = token;
    this.#folder = folder;
  }

  static async open(): Promise<SigningBench> {
    return new SigningBench(await makeTestToken(), await mkdtemp(join(tmpdir(), 'coldsign-interop-')));
  }

  async generate(wishes: readonly NewKey[]): Promise<readonly MadeKey[]> {
    await using store = await this.#token.open({ workers: 1, verifyWorkers: 1 });
    const made: MadeKey[] = [];
    for (const { zone, role, algorithm } of wishes) {
      const { id, dnskey } = await store.generate({ zone: parseName(zone), role, algorithm });
      made.push({ uri: printPkcs11Uri({ ...this.#token.uri, id }), record: `${zone} 3600 IN DNSKEY ${dnskeyText(dnskey)}\n` });
    }
    return made;
  }

  /** @param ksks the first one is the trust anchor */
  async sign(
    origin: string,
    text: string,
    ksks: readonly MadeKey[],
    zsks: readonly MadeKey[],
    flags: readonly string[] = [],
  ): Promise<SignedFile> {
    const stem = join(this.#folder, `zone-${++this.#zones}`);
    const [input, file, anchorFile, anchor] = [`${stem}.db`, `${stem}.signed`, `${stem}.anchor`, ksks[0]!.record];
    await writeFile(input, text);
    await writeFile(anchorFile, anchor);
    const keys = [...ksks.flatMap(({ uri }) => ['--ksk', uri]), ...zsks.flatMap(({ uri }) => ['--zsk', uri])];
    await coldsign('zone', 'sign', input, '-o', origin, '-f', file, ...keys, '--threads', '1', ...flags);
    return { file, anchor, anchorFile };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#token[Symbol.dispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The command in this process: a hundred starts of the program would say no more. @throws with what it printed, when its exit status is not 0 */
async function coldsign(...args: readonly string[]): Promise<void> {
  let text = '';
  const err = new PassThrough().setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const io: Io = { out: { write: (chunk) => (text += chunk) }, err: err as unknown as NodeJS.WriteStream };
  const exit = await main(args, io);
  if (exit !== 0) throw new Error(`coldsign ${args.join(' ')}: exit status ${exit}\n${text}`);
}

function dnskeyText(rdata: Uint8Array): string {
  const bytes = Buffer.from(rdata);
  return `${bytes.readUInt16BE(0)} ${bytes[2]} ${bytes[3]} ${bytes.subarray(4).toString('base64')}`;
}
