import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';
const PRLIMIT = '/usr/bin/prlimit';

/**
 * The child runs native code and little JavaScript: measured, these save 17 MB of memory a child and cost no speed.
 * `--lite-mode` takes WebAssembly away, which node needs to run TypeScript from source.
 */
const v8Options = (script: URL): string[] => ['--max-semi-space-size=1', ...(script.pathname.endsWith('.js') ? ['--lite-mode'] : [])];

/** For fork: what stands before the script. */
export interface Launch {
  readonly execPath: string;
  readonly execArgv: string[];
}

/**
 * How a process that holds PINs is started: through prlimit, so that a crash leaves no core dump (RLIMIT_CORE 0), and, where
 * `diesWithParent`, through setpriv, which has the kernel kill it when this process is gone. Both are of util-linux and replace themselves
 * by node: the process keeps its id. Where they are missing it starts without; see {@link canForbidCoreDumps}.
 */
export function launchOf(script: URL, { diesWithParent }: { readonly diesWithParent: boolean }): Launch {
  const isLinux = process.platform === 'linux';
  const command = [
    ...(isLinux && diesWithParent && existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL'] : []),
    ...(canForbidCoreDumps() ? [PRLIMIT, '--core=0:0'] : []),
    process.execPath,
    ...v8Options(script),
  ];
  return { execPath: command[0]!, execArgv: command.slice(1) };
}

export function canForbidCoreDumps(): boolean {
  return process.platform === 'linux' && existsSync(PRLIMIT);
}

/** NODE_OPTIONS is not handed on: the child runs this program and nothing else. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_CHANNEL_FD: _channel, ...environment } = process.env;
  return environment;
}

/** A script beside the module `of`, as source or compiled as that is. */
export function scriptBeside(name: string, of: string): URL {
  return new URL(`${name}${of.endsWith('.ts') ? '.ts' : '.js'}`, of);
}
