import { Refusal } from '../../signer/errors.ts';
import type { Manifest } from '../release/manifest.ts';
import type { ServerConfig } from './apply-config.ts';
import { forgetBefore, type Placement, restoreBefore } from './placement.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { untilServed } from './served.ts';

/** One server, and what is to be done there. */
export interface Target {
  readonly server: ServerConfig;
  /** Path of its zone file. */
  readonly file: string;
  /** Undefined: the file is the new one already, only the reload is missing. */
  readonly placement: Placement | undefined;
}

/** The zone for commands: {@link commandName}. */
export type Deployed = Pick<Manifest, 'zone' | 'serial'>;

/** Shows the copies to the servers' own checking programs. Nothing is placed yet. @throws Refusal release/check-failed */
export async function checkCopies(targets: readonly Target[], { zone, serial }: Deployed): Promise<void> {
  for (const { server, file, placement } of targets) {
    if (server.check === undefined || placement === undefined) continue;
    const result = await runCommand(server.check, { zone: commandName(zone), file: placement.copy }, server.timeLimit);
    if (result.ok) continue;
    throw new Refusal(
      'release/check-failed',
      `serial ${serial} of ${zone} was not placed at ${file}: ${result.text}`,
      'look at what the program says; if it is not the right one for this server, set check: for it',
    );
  }
}

/**
 * Server after server: the file is placed, the server reloads, and where it can be asked it answers with the new serial. The first one that does not
 * gets its file before back and is reloaded again; those after it are not touched.
 * Design note: those before it stay as they are: their secondaries may have the new serial already, and would not go back.
 * @returns what each server said
 * @throws Refusal release/reload-failed; Fault file/not-writable
 */
export async function deploy(targets: readonly Target[], deployed: Deployed): Promise<readonly string[]> {
  const said: string[] = [];
  for (const [i, target] of targets.entries()) {
    target.placement?.place();
    const result = await reload(target, deployed);
    if (!result.ok) throw await goBack(target, deployed, result, { done: targets.slice(0, i), left: targets.length - i - 1 });
    said.push(result.text);
    forgetBefore(target.file);
  }
  return said;
}

async function reload({ server, file }: Target, { zone, serial }: Deployed): Promise<CommandResult> {
  const result = await runCommand(server.reload, { zone: commandName(zone), file }, server.timeLimit);
  if (!result.ok || server.ask === undefined) return result;
  return await untilServed(server.ask, zone, serial, server.timeLimit);
}

async function goBack(
  target: Target,
  { zone, serial }: Deployed,
  failed: CommandResult,
  { done, left }: { readonly done: readonly Target[]; readonly left: number },
): Promise<Refusal> {
  const { server, file, placement } = target;
  const isBack = placement === undefined ? restoreBefore(file) : placement.restore();
  const again = await runCommand(server.reload, { zone: commandName(zone), file }, server.timeLimit);
  const state = isBack ? 'the file before is back' : 'the file is the new one, there is no other';
  const loaded = again.ok ? 'and the server has loaded it' : `but the server does not reload now either: ${again.text}`;
  const others = [
    ...done.map((other) => `${other.file} has the new release, and its server has loaded it`),
    ...(left === 0 ? [] : [`${left} more ${left === 1 ? 'server was' : 'servers were'} not touched`]),
  ];
  return new Refusal(
    'release/reload-failed',
    `the server of ${file} did not take serial ${serial} of ${zone}: ${failed.text}\n  ${state}, ${loaded}${others.map((text) => `\n  ${text}`).join('')}`,
    'look into the log of the server, then apply the release again',
  );
}

/**
 * The name of a zone as commands take it: without the last dot.
 * @throws Refusal release/unsafe-name for a name that would be an option, or whose escapes each program reads in its own way
 */
export function commandName(zone: string): string {
  const name = zone === '.' ? '.' : zone.slice(0, -1);
  if (!name.startsWith('-') && !name.includes('\\')) return name;
  throw new Refusal(
    'release/unsafe-name',
    `the name ${zone} cannot be given to the commands of a name server: it begins with a hyphen or has escapes`,
    'place the file of the release by hand',
  );
}
