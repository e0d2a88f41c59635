import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';
import { softhsmModule } from './tools.ts';

/** A SoftHSM token of its own, in a private folder: every contender's keys are on the same one. */
export interface Token {
  readonly label: string;
  readonly module: string;
  readonly pin: string;
  readonly pinFile: string;
  /** RFC 7512, as coldsign takes it. */
  readonly uri: string;
  /** Points SoftHSM at the token's folder. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes a new token in `dir`; what was there is removed.
 * @param coldsign path of the built program; without it the token is made by softhsm2-util
 */
export async function createToken(dir: string, label: string, coldsign?: string): Promise<Token> {
  rmSync(dir, { recursive: true, force: true });
  if (coldsign === undefined) await initByUtility(dir, label);
  else await run([process.execPath, coldsign, 'token', 'init', '--dir', dir, '--label', label, '--generate-pin']);
  const module = softhsmModule();
  const conf = join(dir, 'softhsm2.conf');
  const pinFile = join(dir, 'pin');
  const pin = readFileSync(pinFile, 'utf8').trim();
  const uri = `pkcs11:token=${label}?module-path=${module}&pin-source=file:${pinFile}&x-softhsm2-conf=${conf}`;
  return { label, module, pin, pinFile, uri, env: { SOFTHSM2_CONF: conf } };
}

async function initByUtility(dir: string, label: string): Promise<void> {
  const tokens = join(dir, 'tokens');
  mkdirSync(tokens, { recursive: true, mode: 0o700 });
  const conf = join(dir, 'softhsm2.conf');
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  const pin = String(randomInt(1e7, 1e8));
  writeFileSync(join(dir, 'pin'), pin, { mode: 0o600 });
  await run(['softhsm2-util', '--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', pin], { SOFTHSM2_CONF: conf });
}
