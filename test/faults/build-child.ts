import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { NODE } from '../support/cli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The program as it is installed, compiled from the sources as they are now: its children start in half the time. Gone after the test. */
export class CompiledChild implements Disposable {
  readonly script: URL;
  readonly #dir: string;

  constructor() {
    this.#dir = mkdtempSync(join(tmpdir(), 'coldsign-compiled-'));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    spawnSync(NODE, [compiler, '-p', join(ROOT, 'src/tsconfig.build.json'), '--outDir', this.#dir], { stdio: 'ignore' });
    writeFileSync(join(this.#dir, 'package.json'), '{ "type": "module" }\n');
    symlinkSync(join(ROOT, 'node_modules'), join(this.#dir, 'node_modules'));
    this.script = pathToFileURL(join(this.#dir, 'keystore/pkcs11/child.js'));
    if (!existsSync(this.script)) throw new Error('the compiler has made no child program');
  }

  [Symbol.dispose](): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
