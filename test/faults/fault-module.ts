import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modulePathOf, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const HEADERS = fileURLToPath(new URL('../../node_modules/pkcs11js/includes/pkcs11', import.meta.url));
const FLAGS = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-fvisibility=hidden'];

/**
 * The fault module of this folder, compiled: once for each state of its source, kept in the system's temporary folder.
 * A machine without a C compiler fails the test: faults that were not tried are not harmless.
 * @returns path of the shared library; over SoftHSM unless the plan names another module
 */
export function buildFaultModule(): string {
  const names = readdirSync(SOURCES).filter((name) => /\.[ch]$/.test(name));
  const real = modulePathOf(parsePkcs11Uri('pkcs11:'));
  const state = [real, ...FLAGS, ...names.map((name) => readFileSync(join(SOURCES, name), 'utf8'))].join('\0');
  const folder = join(tmpdir(), `coldsign-fault-module-${process.getuid?.() ?? 0}`);
  const path = join(folder, `${hash('sha256', state).slice(0, 16)}.so`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}`;
  const inputs = names.filter((name) => name.endsWith('.c')).map((name) => join(SOURCES, name));
  execFileSync('cc', [...FLAGS, `-DREAL_MODULE="${real}"`, `-I${HEADERS}`, '-o', partial, ...inputs, '-ldl']);
  renameSync(partial, path);
  return path;
}
