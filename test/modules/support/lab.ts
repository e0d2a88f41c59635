import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pkcs11Uri, parsePkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { refuseMissing } from './packages.ts';

/** A token of some module, ready for a login, and how processes get to it. */
export interface ModuleLab extends AsyncDisposable {
  /** Complete: token, module-path, pin-source, and what the module needs besides. */
  readonly uri: Pkcs11Uri;
  /** Put before the command lines that use the token. */
  readonly enter: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'];

/** Folder of the machine's libraries. */
export const LIBRARIES = LIBRARY_FOLDERS[process.arch === 'arm64' ? 1 : 0]!;

/** A private folder for a module, by a short name, since socket paths are short. */
export function labFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `cs-${name}-`));
}

export function makeFolder(...parts: readonly string[]): string {
  const path = join(...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Writes the PIN where `pin-source` names it (0600). */
export function pinSource(folder: string, pin: string): string {
  const path = join(folder, 'pin');
  writeFileSync(path, pin, { mode: 0o600 });
  chmodSync(path, 0o600);
  return pinFile(path);
}

export function pinFile(path: string): string {
  return `file:${path}`;
}

export function uriOf(parts: Partial<Pkcs11Uri>): Pkcs11Uri {
  return { ...parsePkcs11Uri('pkcs11:'), ...parts };
}

/** Brings a module up; whatever fails on the way, what was started ends. */
export async function bringUp(
  name: string,
  packages: readonly string[],
  start: (folder: string, stack: AsyncDisposableStack) => Promise<Omit<ModuleLab, 'folder' | typeof Symbol.asyncDispose>>,
): Promise<ModuleLab> {
  refuseMissing(packages);
  const stack = new AsyncDisposableStack();
  const folder = labFolder(name);
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const lab = await start(folder, stack);
    // The record of refused PINs is kept there: not in that of the person who runs the tests.
    const env = { ...lab.env, XDG_STATE_HOME: join(folder, 'state') };
    return { ...lab, env, folder, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
