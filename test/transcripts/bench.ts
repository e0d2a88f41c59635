import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliOptions, type CliResult, coldsign } from '../support/cli.ts';

export const ORIGIN = 't.test';

export const ZONE = `t.test. 3600 IN SOA ns1.example.net. hostmaster.t.test. 2026010100 7200 900 604800 300
t.test. 3600 IN NS ns1.example.net.
t.test. 3600 IN NS ns2.example.net.
www.t.test. 300 IN A 192.0.2.1
`;

/** A folder with a SoftHSM token, a KSK, a ZSK and a zone file, all made through the command line. */
export class Bench implements Disposable {
  readonly dir: string;
  readonly token: string;
  readonly ksk: string;
  readonly zsk: string;
  readonly pin: string;

  constructor(dir: string, token: string, ksk: string, zsk: string) {
    this.dir = dir;
    this.token = token;
    this.ksk = ksk;
    this.zsk = zsk;
    this.pin = this.read('token/pin').trim();
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** @returns the name */
  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return name;
  }

  /** Names that a run has left beside what it should. */
  partials(folder = ''): readonly string[] {
    return readdirSync(this.path(folder)).filter((name) => name.includes('.partial'));
  }

  run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    return coldsign(args, { cwd: this.dir, ...options });
  }

  signArguments(file: string, output: string, ...more: readonly string[]): readonly string[] {
    return ['zone', 'sign', file, '-o', ORIGIN, '-f', output, '--ksk', this.ksk, '--zsk', this.zsk, ...more];
  }

  sign(file: string, output: string, ...more: readonly string[]): Promise<CliResult> {
    return this.run(this.signArguments(file, output, ...more));
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export async function makeBench(): Promise<Bench> {
  const dir = mkdtempSync(join(tmpdir(), 'coldsign-transcripts-'));
  const made = async (...args: readonly string[]): Promise<string> => {
    const { status, out, err } = await coldsign(args, { cwd: dir });
    if (status !== 0) throw new Error(err);
    return out.trim();
  };
  const token = await made('token', 'init', '--dir', join(dir, 'token'), '--label', 'lab', '--generate-pin');
  const generate = (role: string): Promise<string> => made('key', 'generate', '--token', token, '--zone', ORIGIN, '--role', role);
  const bench = new Bench(dir, token, await generate('ksk'), await generate('zsk'));
  bench.write('zone.db', ZONE);
  return bench;
}

/** The URI with another value of one attribute. */
export function withAttribute(uri: string, name: string, value: string): string {
  const changed = uri.replace(new RegExp(`([;:?&]${name}=)[^;?&]*`), `$1${value}`);
  if (changed === uri) throw new Error(`no ${name} in ${uri}`);
  return changed;
}

/** A zone of many records, so that writing it takes more than one piece. */
export function largeZone(hosts: number): string {
  return ZONE + Array.from({ length: hosts }, (_, i) => `h${i}.t.test. 300 IN A 192.0.2.${i % 256}\n`).join('');
}
