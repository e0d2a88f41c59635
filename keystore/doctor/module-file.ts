import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '../../signer/errors.ts';
import { cryptoBinding } from './bindings.ts';
import { neededLibraries } from './elf.ts';
import type { CryptoBinding, ModuleFacts } from './facts.ts';

const LOAD_MS = 20_000;
/** Names that libraries which only pass calls on have in them: the configuration of OpenSC's spy, the protocol of p11-kit. */
const SPY_MARKS = ['PKCS11SPY', 'pkcs11-spy'];
const FORWARDING_MARKS = ['P11_KIT_SERVER_ADDRESS', 'p11-kit-proxy'];

/** The file of a module: digest, what it links, whether it passes calls on, who answers its OpenSSL calls. @throws Refusal token/no-module */
export async function examineModule(path: string, softhsmConf?: string): Promise<ModuleFacts> {
  const octets = readModule(path);
  const needs = neededLibraries(octets);
  const holds = (marks: readonly string[]): boolean => marks.some((mark) => Buffer.from(octets.buffer).includes(mark));
  return {
    path,
    sha256: createHash('sha256').update(octets).digest('hex'),
    kind: holds(SPY_MARKS)
      ? 'spy'
      : holds(FORWARDING_MARKS) || needs?.some((name) => name.startsWith('libp11-kit')) === true
        ? 'forwarding'
        : 'module',
    needs: needs ?? [],
    binding: await watchBinding(path, needs, softhsmConf),
  };
}

function readModule(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    const told = `the PKCS#11 module ${path} cannot be read (${why})`;
    throw new Refusal('token/no-module', told, 'correct module-path in the URI, or install the library', { cause });
  }
}

/**
 * Loads the module in a process of its own, under the eyes of the dynamic linker, which binds all functions at once (LD_BIND_NOW).
 * Design note: only asked about where OpenSSL may be in play: the report of a module that links none says nothing.
 */
async function watchBinding(path: string, needs: readonly string[] | undefined, softhsmConf?: string): Promise<CryptoBinding> {
  if (needs === undefined || process.platform !== 'linux')
    return { kind: 'unknown', because: 'the file is not an ELF library of this machine' };
  const folder = mkdtempSync(join(tmpdir(), 'coldsign-bindings-'));
  try {
    const { NODE_OPTIONS: _options, NODE_CHANNEL_FD: _channel, ...environment } = process.env;
    const env = {
      ...environment,
      LD_DEBUG: 'bindings',
      LD_DEBUG_OUTPUT: join(folder, 'linker'),
      LD_BIND_NOW: '1',
      ...(softhsmConf === undefined ? {} : { SOFTHSM2_CONF: softhsmConf }),
    };
    const script = new URL(`../pkcs11/load-only${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    const child = spawn(process.execPath, [script.pathname, path], { env, stdio: 'ignore', timeout: LOAD_MS, killSignal: 'SIGKILL' });
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) return { kind: 'unknown', because: 'the module could not be loaded with all its functions bound at once' };
    const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
    if (lines.length <= 1) return { kind: 'unknown', because: 'the dynamic linker of this machine does not tell' };
    return cryptoBinding(lines, path, realpathSync(process.execPath));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
