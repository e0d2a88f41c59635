import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Pkcs11Uri, printPkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { NODE } from '../../support/cli.ts';
import type { ModuleLab } from './lab.ts';

export type SignerAnswer =
  | { readonly kind: 'ready'; readonly id: string; readonly dnskey: string }
  | { readonly kind: 'signed'; readonly count: number }
  | { readonly kind: 'failed'; readonly code: string; readonly text: string };

const SCRIPT = fileURLToPath(new URL('./signer.ts', import.meta.url));

/** A process that holds a token of the lab open, while the test does things to the token. */
export class RemoteSigner implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  /** What became of opening the token. */
  readonly opened: Promise<SignerAnswer>;

  constructor(lab: ModuleLab, uri: Pkcs11Uri = lab.uri) {
    const [command, ...rest] = [...lab.enter, NODE, SCRIPT, printPkcs11Uri(uri)];
    this.#process = spawn(command!, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...lab.env } });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.opened = this.#answer();
  }

  async sign(count: number): Promise<SignerAnswer> {
    this.#process.stdin.write(`sign ${count}\n`);
    return await this.#answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exit = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await exit;
  }

  async #answer(): Promise<SignerAnswer> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the signing process ended without an answer');
    return JSON.parse(value) as SignerAnswer;
  }
}

/** Opens the token in a process of its own, and says what came of it. */
export async function tryToOpen(lab: ModuleLab, uri: Pkcs11Uri = lab.uri): Promise<SignerAnswer> {
  await using signer = new RemoteSigner(lab, uri);
  return await signer.opened;
}
