import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { main } from '../../src/main.ts';
import type { CliResult } from './cli.ts';

/** Runs a command in this process. Quicker than {@link coldsign} of cli.ts; where the process itself matters, use that. */
export async function inProcess(...args: readonly string[]): Promise<CliResult> {
  const told = { out: '', err: '' };
  const sink = (name: 'out' | 'err') => ({
    write(text: string | Uint8Array): boolean {
      told[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    },
  });
  const status = await main(args, { out: sink('out'), err: sink('err') as unknown as NodeJS.WriteStream });
  return { status, signal: undefined, ...told };
}

export const EXAMPLE_ZONE = `$TTL 3600
example. IN SOA ns1.example. hostmaster.example. 1 7200 3600 604800 3600
example. IN NS ns1.example.
example. IN NS ns2.example.
ns1.example. IN A 192.0.2.1
ns2.example. IN A 192.0.2.2
www.example. IN A 192.0.2.80
child.example. IN NS ns.child.example.
ns.child.example. IN A 192.0.2.3
`;

const WORKSPACE = 'workspace';

/** A workspace in a temporary folder with its own SoftHSM token, gone after the test. */
export class TestWorkspace implements Disposable {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  read(...parts: readonly string[]): string {
    return readFileSync(this.path(...parts), 'utf8');
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Changes coldsign.yaml. */
  edit(change: (text: string) => string): void {
    this.write('coldsign.yaml', change(this.read('coldsign.yaml')));
  }

  /** A command in this workspace. */
  run(...args: readonly string[]): Promise<CliResult> {
    return inProcess(...args, '--dir', this.dir);
  }

  /** {@link run}, and it must have worked. */
  async must(...args: readonly string[]): Promise<CliResult> {
    const result = await this.run(...args);
    if (result.status !== 0) throw new Error(`coldsign ${args.join(' ')}: exit ${result.status}\n${result.err}${result.out}`);
    return result;
  }

  /** A copy of the whole workspace, token and all, in the state it is in now. */
  copyTo(dir: string): TestWorkspace {
    cpSync(this.dir, dir, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    return new TestWorkspace(dir);
  }

  /** With the temporary folder around it. */
  [Symbol.dispose](): void {
    rmSync(basename(this.dir) === WORKSPACE ? dirname(this.dir) : this.dir, { recursive: true, force: true });
  }
}

export interface WorkspaceWish {
  readonly practice?: boolean;
  /** Zone → zone file text; each is added, with keys. */
  readonly zones?: Readonly<Record<string, string>>;
  /** Applied to coldsign.yaml before it is applied. */
  readonly config?: (text: string) => string;
}

export async function makeTestWorkspace({ practice = false, zones = {}, config }: WorkspaceWish = {}): Promise<TestWorkspace> {
  const workspace = new TestWorkspace(join(mkdtempSync(join(tmpdir(), 'coldsign-workspace-')), WORKSPACE));
  const made = await inProcess('init', workspace.dir, '--origin', 'audit.example/test', ...(practice ? ['--practice'] : []));
  if (made.status !== 0) throw new Error(`coldsign init: exit ${made.status}\n${made.err}`);
  if (config !== undefined) workspace.edit(config);
  for (const [name, text] of Object.entries(zones)) {
    const file = workspace.write(`${name.replace(/\.$/, '')}.zone`, text);
    await workspace.must('zone', 'add', name, '--source', file);
  }
  if (config !== undefined || Object.keys(zones).length > 0) await workspace.must('policy', 'apply');
  for (const name of Object.keys(zones)) await workspace.must('key', 'generate', '--zone', name);
  return workspace;
}
