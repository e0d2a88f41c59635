import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Act, Answer } from '../../tui/data.ts';
import { runnableScript } from '../ceremony/script/binding.ts';
import { expandScript } from '../ceremony/script/expand.ts';
import { parseScript } from '../ceremony/script/parse-script.ts';
import { scriptHash } from '../ceremony/script/script-hash.ts';
import { type CeremonyView, viewOfLog } from '../ceremony/view.ts';
import { type Ceremony, openCeremony } from '../state/ceremonies.ts';
import { ceremonyPicture } from './ceremony-picture.ts';
import type { View } from './view.ts';

/** What the screens need to show and lead ceremonies. */
export interface CeremonyRoom {
  /** The program, for what its commands take. */
  readonly commands: Command;
  /** Script of the ceremony that is to be led from here. */
  readonly file?: string;
}

/**
 * The ceremony that is open, else the last that has ended, from the log and the script that lies beside it: no leader, no lock, no token.
 * @throws Refusal audit/…, ceremony/bad-script; Fault audit/artifact-missing
 */
export function ceremonyView(view: View, now: number, { file, commands }: CeremonyRoom): Extract<Answer, { of: 'ceremony' }> {
  const open = openCeremony(view.state.ceremonies);
  const told = open ?? lastOf(view, file);
  // What was held is not held again.
  const act = open === undefined && told?.ended?.outcome === 'done' ? undefined : actOf(view, open, file);
  return {
    of: 'ceremony',
    ...(told === undefined ? {} : { ceremony: ceremonyPicture(viewFromLog(view, told.id, now, commands)) }),
    ...(act === undefined ? {} : { act }),
  };
}

/** The last that has ended; with a file, the last of that very script. */
function lastOf({ state }: View, file: string | undefined): Ceremony | undefined {
  const all = Object.values(state.ceremonies);
  if (file === undefined) return all.at(-1);
  if (!existsSync(file)) return undefined;
  const sha256 = scriptHash(readFileSync(file));
  return all.findLast(({ script }) => script.sha256 === sha256);
}

/** The approved octets are kept with the log, so that it can be gone on with even where nobody said which file it was. */
function actOf({ artifacts }: View, open: Ceremony | undefined, file: string | undefined): Act | undefined {
  const script = file ?? (open === undefined ? undefined : join(artifacts.folder, open.script.sha256));
  if (script === undefined) return undefined;
  const text = open === undefined ? 'open the ceremony, and lead it' : 'go on with the ceremony';
  return { argv: ['ceremony', 'run', script], text, confirm: 'ceremony' };
}

function viewFromLog(workspace: View, id: string, now: number, program: Command): CeremonyView {
  const ceremony = workspace.state.ceremonies[id]!;
  const parsed = parseScript(workspace.artifacts.get(ceremony.script).toString('utf8'), ceremony.script.name, { program });
  // Whether its mode is that of the log was decided when it was opened; a rehearsal runs scripts of production.
  const script = runnableScript({ ...parsed, mode: 'any' }, workspace.state);
  return viewOfLog({ workspace, ceremony, script, steps: expandScript(script), now });
}
