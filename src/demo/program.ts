import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Screen } from './screen.ts';

export interface ProgramResult {
  readonly exit: number;
  readonly stdout: string;
}

const LIMIT_SECONDS = 120;
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const CLI = fileURLToPath(new URL(`../cli.${EXTENSION}`, import.meta.url));

/** Runs the `coldsign` command in a folder, as a person would in a shell. */
export class Program {
  readonly #screen: Screen;
  readonly #folder: string;
  /** Long values that the printed command lines show as `$NAME`. */
  readonly #variables = new Map<string, string>();

  constructor(screen: Screen, folder: string) {
    this.#screen = screen;
    this.#folder = folder;
  }

  /** As `NAME=$(coldsign …)` does: the variable takes what the command prints. @returns undefined if the command failed */
  async assign(name: string, ...args: readonly string[]): Promise<string | undefined> {
    this.#screen.command(`${name}=$(${this.#commandLine(args)})`);
    const { exit, stdout, text } = await this.run(...args);
    this.#screen.output(text);
    if (exit !== 0) return undefined;
    this.#variables.set(name, stdout.trim());
    return stdout.trim();
  }

  /** Shows the command and what it prints; with `into`, standard output goes to that file of the folder; `input` is open as descriptor 3. */
  async show(args: readonly string[], into?: string, input?: string): Promise<ProgramResult> {
    const redirections = `${input === undefined ? '' : ` 3< ${input}`}${into === undefined ? '' : ` > ${into}`}`;
    this.#screen.command(`${this.#commandLine(args)}${redirections}`);
    const result = await this.#run(args, input);
    if (into !== undefined) await writeFile(join(this.#folder, into), result.stdout);
    if (result.text !== '') this.#screen.output(result.text);
    if (result.exit !== 0) this.#screen.output(`exit status ${result.exit}`);
    return result;
  }

  /** Without a word. */
  async run(...args: readonly string[]): Promise<ProgramResult & { readonly text: string }> {
    return await this.#run(args);
  }

  async #run(args: readonly string[], input?: string): Promise<ProgramResult & { readonly text: string }> {
    await using opened = input === undefined ? undefined : await open(join(this.#folder, input));
    const child = spawn(process.execPath, [CLI, ...args.map((arg) => this.#expand(arg))], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe', opened?.fd ?? 'ignore'],
      timeout: LIMIT_SECONDS * 1000,
      killSignal: 'SIGKILL',
      env: { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: join(this.#folder, '.state') },
    });
    let [stdout, text] = ['', ''];
    const { stdout: output, stderr: errors } = child as ChildProcessByStdio<null, Readable, Readable>;
    output.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      text += chunk;
    });
    errors.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const [exit] = (await once(child, 'close')) as [number | null];
    return { exit: exit ?? -1, stdout, text };
  }

  #commandLine(args: readonly string[]): string {
    return ['coldsign', ...args.map((arg) => this.#shorten(arg))].join(' ');
  }

  #expand(arg: string): string {
    return arg.startsWith('$') ? (this.#variables.get(arg.slice(1)) ?? arg) : arg;
  }

  #shorten(arg: string): string {
    if (arg.startsWith('$')) return `"${arg}"`;
    return /^[\w./:=+-]+$/.test(arg) ? arg : `'${arg}'`;
  }
}
