import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keystore, type KeystoreOptions, openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import type { Pkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import type { TestToken } from '../support/token.ts';
import { buildFaultModule } from './fault-module.ts';

/** One line of the log of the fault module. */
export interface LoggedCall {
  readonly pid: number;
  /** `C_…` */
  readonly name: string;
  readonly session: string;
  /** `0x0` for CKR_OK, or the action that ended the process: `hang`, `segv`, `abort`, `exit`. */
  readonly result: string;
  readonly detail: string;
}

/** A plan, a log and counters over one token; several of them may look at the same token. Gone after the test. */
export class FaultyToken implements Disposable {
  readonly dir: string;
  readonly uri: Pkcs11Uri;

  constructor(token: TestToken) {
    this.dir = mkdtempSync(join(tmpdir(), 'coldsign-faults-'));
    const config = join(this.dir, 'softhsm2.conf');
    copyFileSync(token.folder.config, config);
    this.uri = { ...token.uri, softhsmConf: config, modulePath: buildFaultModule() };
  }

  /** What fails from now on; counts start anew. The form of the lines is told in fault.h. */
  plan(...lines: readonly string[]): void {
    writePlan(this.dir, lines);
  }

  /** All calls since the first. */
  calls(name?: string): LoggedCall[] {
    const calls = readCalls(this.dir);
    return name === undefined ? calls : calls.filter((call) => call.name === name);
  }

  /** A keystore that loses no time between its tries. What it puts on record about PINs is of this token of faults alone. */
  open(options: Partial<KeystoreOptions> = {}): Promise<Keystore> {
    process.env['XDG_STATE_HOME'] = this.dir;
    return openKeystore({ uri: this.uri, pin: choosePinSource(this.uri), workers: 1, verifyWorkers: 1, backoffMs: 1, ...options });
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** @param dir the folder of softhsm2.conf */
export function writePlan(dir: string, lines: readonly string[]): void {
  const path = join(dir, 'faults.plan');
  writeFileSync(`${path}.partial`, `${lines.join('\n')}\n`);
  renameSync(`${path}.partial`, path);
}

export function readCalls(dir: string): LoggedCall[] {
  const path = join(dir, 'faults.log');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [pid = '', name = '', session = '', result = '', ...detail] = line.split(' ');
      return { pid: Number(pid), name, session, result, detail: detail.join(' ') };
    });
}

/**
 * PIN digests of logins after the same PIN had been refused: must be empty.
 * @returns one for each second try
 */
export function loginsAfterRefusal(calls: readonly LoggedCall[]): string[] {
  const refused = new Set<string>();
  return calls
    .filter(({ name }) => name === 'C_Login')
    .flatMap(({ result, detail }) => {
      const again = refused.has(detail) ? [detail] : [];
      if (result === '0xa0') refused.add(detail);
      return again;
    });
}
