import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where node keeps the program's sources compiled, from process to process and from run to run; it compares the source each time. */
export const COMPILE_CACHE = join(tmpdir(), `coldsign-compile-cache-${process.getuid?.() ?? 0}`);

const KILLED = ['keystore/pkcs11/child.ts', 'keystore/pin/holder.ts'];

/** Before all tests. */
export function setup(): void {
  fillCompileCache(COMPILE_CACHE);
}

/** Commands fill a cache as they end; keystore children and PIN holders are killed, and never would. */
export function fillCompileCache(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const path of KILLED) {
    const script = new URL(`../../${path}`, import.meta.url).href;
    const code = `import(${JSON.stringify(script)}).then(() => process.exit(0))`;
    execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: 'ignore',
      env: { ...process.env, NODE_COMPILE_CACHE: folder },
    });
  }
}
