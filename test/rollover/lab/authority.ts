import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../src/demo/loopback.ts';
import { findProgram } from '../../../src/release/tool.ts';
import { until } from '../../support/name-servers.ts';
import { nsdConfiguration } from '../../support/server-configuration.ts';
import type { ShiftedClock } from '../clock/shifted-clock.ts';
import { askOnce, type Verdict } from './question.ts';
import { ServerProcess } from './server-process.ts';

/** NSD with one zone, under the shifted clock. Each load is a whole new version of the zone, served before load() ends. */
export class Authority implements AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ServerProcess | undefined;

  private constructor(origin: string, port: number, folder: string, environment: NodeJS.ProcessEnv) {
    this.origin = origin;
    this.port = port;
    this.#folder = folder;
    this.#environment = environment;
  }

  /** It has no zone yet: the first load starts the server. @param folder is made */
  static async prepare(origin: string, folder: string, clock: ShiftedClock): Promise<Authority> {
    mkdirSync(folder);
    const port = await freePort();
    writeFileSync(
      join(folder, 'nsd.conf'),
      nsdConfiguration({ folder, port, zones: [{ origin, file: 'zone' }], server: ['ipv4-edns-size: 4096', 'zonefiles-check: yes'] }),
    );
    return new Authority(origin, port, folder, clock.environment());
  }

  /** @param zoneText master file with a SOA record whose serial differs from the one served; waits until that serial is served */
  async load(zoneText: string): Promise<void> {
    const serial = serialOf(zoneText);
    const file = join(this.#folder, 'zone');
    writeFileSync(`${file}.new`, zoneText);
    renameSync(`${file}.new`, file);
    if (this.#process === undefined) await this.#start();
    else await control(this.#folder, this.#environment, 'reload', this.origin);
    await until(
      `${this.origin} of serial ${serial} is served`,
      () => this.serial(),
      (found) => found === serial,
    );
  }

  /** Serial that is served; undefined where there is no SOA record in the answer. */
  async serial(): Promise<number | undefined> {
    const { answers } = await this.ask(this.origin, 'SOA');
    return answers.flatMap((record) => (record.type === 'SOA' ? [record.data.serial] : []))[0];
  }

  /** Asks the server itself, no resolver between. */
  ask(name: string, type: string): Promise<Verdict> {
    return askOnce(this.port, name, type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    this.#process = new ServerProcess({
      program: 'nsd',
      args: ['-d', '-c', join(this.#folder, 'nsd.conf')],
      folder: this.#folder,
      environment: this.#environment,
      logFile: join(this.#folder, 'log'),
    });
    await this.#process.ready(async () => (await askOnce(this.port, this.origin, 'SOA')).rcode !== '');
  }
}

/** Serial of the SOA record of a zone in presentation form, on one line or in parentheses. */
function serialOf(zoneText: string): number {
  const found = /\sSOA\s+\S+\s+\S+\s*\(?\s*(?:;[^\n]*\n\s*)?(\d+)/.exec(zoneText)?.[1];
  if (found === undefined) throw new Error('the zone has no SOA record');
  return Number(found);
}

async function control(folder: string, environment: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<void> {
  const file = findProgram('nsd-control');
  if (file === undefined) throw new Error('nsd-control is not installed');
  await promisify(execFile)(file, ['-c', join(folder, 'nsd.conf'), ...words], { env: environment });
}
