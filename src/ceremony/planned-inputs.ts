import { Refusal } from '../../signer/errors.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { type CeremonyPlan, isApply, planFrom, plannedChanges, readsSources } from './ceremony-plan.ts';
import { environmentHash } from './run-context.ts';
import type { Script } from './script/script.ts';
import { sourceDigest } from './source-digest.ts';

/**
 * What a command is about to read is what the plan names: it was reviewed and approved by its digest, and files can be changed at any moment.
 * @param argv words after `coldsign`
 * @throws Refusal ceremony/input-changed; policy/… where coldsign.yaml is to take effect, and is not right; Fault audit/artifact-missing
 */
export function refuseOtherInputs(
  argv: readonly string[],
  { plan: sha256, environment }: Pick<Ceremony, 'plan' | 'environment'>,
  script: Script,
  workspace: ReadWorkspace,
): void {
  if (!readsSources(argv) && !isApply(argv)) return;
  const plan = planFrom(workspace.artifacts.get({ sha256, name: 'plan.json' }));
  if (readsSources(argv)) refuseOtherSources(argv, plan, workspace);
  if (!isApply(argv)) return;
  refuseOtherConfig(plan, workspace);
  refuseOtherEnvironment(environment, environmentHash(workspace, script));
}

function refuseOtherEnvironment(approved: string, now: string): void {
  if (approved === now) return;
  throw new Refusal(
    'ceremony/input-changed',
    `the tokens that are in force and those in coldsign.yaml have the sha256 ${now}; when the ceremony was opened it was ${approved}`,
    'write the tokens back as they were; a ceremony that changes them is opened after coldsign.yaml names them',
  );
}

function refuseOtherSources(argv: readonly string[], { zones }: CeremonyPlan, { config }: Pick<ReadWorkspace, 'config'>): void {
  const named = zones.filter(({ zone }) => argv.includes(zone) || argv.includes(zone.slice(0, -1)));
  for (const { zone, source } of named.length === 0 ? zones : named) {
    const path = config.zones[zone]?.source;
    const now = path === undefined ? 'absent' : sourceDigest(path);
    if (now === source) continue;
    throw new Refusal(
      'ceremony/input-changed',
      `the data of ${zone} (${path ?? 'no source'}) has the sha256 ${now}; in the plan that was approved it is ${source}`,
      'put the file back as it was when the script was filled; with other data this is another ceremony: abort this one, fill a new script, and have it approved',
    );
  }
}

function refuseOtherConfig({ config: planned = [] }: CeremonyPlan, workspace: Pick<ReadWorkspace, 'config' | 'paths'>): void {
  const now = plannedChanges(workspace);
  const words = (change: (typeof now)[number]): string => canonicalJson(change);
  const [approved, found] = [new Set(planned.map(words)), new Set(now.map(words))];
  const more = now.find((change) => !approved.has(words(change)));
  const less = planned.find((change) => !found.has(words(change)));
  if (more === undefined && less === undefined) return;
  const told = more === undefined ? `does not change ${less!.path}, and the plan does` : `changes ${words(more)}, which is not in the plan`;
  throw new Refusal(
    'ceremony/input-changed',
    `coldsign.yaml is not what was approved: of ${planned.length} changes in the plan and ${now.length} in the file, it ${told}`,
    'put the file back as it was when the script was filled; with other rules this is another ceremony: abort this one, fill a new script, and have it approved',
  );
}
