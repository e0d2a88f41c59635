import { Refusal } from '../../../signer/errors.ts';
import type { Mode } from '../../audit/entry.ts';
import type { Filled, Script } from './script.ts';

/** A script that is for this log, and may run here. */
export type RunnableScript = Script & { readonly fill: Filled };

/**
 * @param log the log at hand
 * @throws Refusal ceremony/not-filled, ceremony/other-log, ceremony/other-mode
 */
export function runnableScript(script: Script, log: { readonly origin: string; readonly mode: Mode }): RunnableScript {
  const { fill, mode } = script;
  if (fill.kind === 'template')
    throw new Refusal(
      'ceremony/not-filled',
      `${script.name} is a template: it names no log, no plan and no people`,
      'fill it with coldsign ceremony new',
    );
  if (fill.origin !== log.origin)
    throw new Refusal(
      'ceremony/other-log',
      `the script ${script.name} is for the log ${fill.origin}, and this is ${log.origin}`,
      'take the script that was made for this workspace, or go to the other one',
    );
  if (mode !== 'any' && mode !== log.mode)
    throw new Refusal(
      'ceremony/other-mode',
      `the script ${script.name} is for ${mode}, and this workspace is ${log.mode}`,
      mode === 'practice'
        ? 'run it in a practice workspace'
        : 'rehearse it with coldsign ceremony rehearse, or run it in the production workspace',
    );
  return { ...script, fill };
}
