import { findProgram, runTool } from '../release/tool.ts';
import { type Command, type CommandValues, expandCommand } from './server-kinds.ts';

export interface CommandResult {
  readonly ok: boolean;
  /** The command as it ran, and what came of it: exit status and the last lines of its output. */
  readonly text: string;
}

const TEXT_LINES = 6;

/** Runs a command of the configuration, without a shell. That it cannot be run at all is a result like others. */
export async function runCommand(command: Command, values: CommandValues, timeoutSeconds: number): Promise<CommandResult> {
  const [name = '', ...args] = expandCommand(command, values);
  const said = [name, ...args].join(' ');
  const file = name.startsWith('/') ? name : findProgram(name);
  if (file === undefined) return { ok: false, text: `${said}: ${name} is not installed` };
  try {
    const { exit, signal, timedOut, text } = await runTool({ file, args, timeoutSeconds });
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const how = timedOut ? `no end within ${timeoutSeconds} s` : exit === undefined ? `ended by ${signal}` : `exit status ${exit}`;
    return { ok: !timedOut && exit === 0, text: [`${said}: ${how}`, ...lines.slice(-TEXT_LINES)].join('\n  ') };
  } catch (error) {
    return { ok: false, text: `${said}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}` };
  }
}
