import { Fault, Refusal } from '../../signer/errors.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { Io } from '../io.ts';
import { checkPolicies } from '../policy/check.ts';
import { zoneFacts } from '../policy/zone-facts.ts';
import { countBySeverity, findingSummary, printFindings } from '../print/findings.ts';
import { readConfigFile } from '../workspace/config-file.ts';
import { readWorkspace } from '../workspace/read-only.ts';

export interface PolicyCheckOptions {
  readonly dir?: string;
  readonly json: boolean;
}

/** `policy check`: coldsign.yaml and its zone files as they are now → findings. @returns exit status: 1 if any is an error */
export function policyCheck(options: PolicyCheckOptions, io: Io): number {
  const { path, config } = readConfigFile(options.dir);
  const findings = checkPolicies(config, zoneFacts(config), keysOfLog(options.dir));
  const { error, warning, info } = countBySeverity(findings);
  const policies = Object.keys(config.policies).length;
  const zones = Object.keys(config.zones).length;
  if (options.json) {
    const report = { format: 1, file: path, policies, zones, errors: error, warnings: warning, infos: info, findings };
    io.out.write(`${JSON.stringify(report, undefined, 2)}\n`);
  } else {
    printFindings(findings, io.out);
    const count = `${policies} ${policies === 1 ? 'policy' : 'policies'}, ${zones} ${zones === 1 ? 'zone' : 'zones'}`;
    io.out.write(`${path}: ${count}: ${findingSummary(findings)}\n`);
  }
  return error > 0 ? 1 : 0;
}

/** By zone. A log that cannot be read is told by the commands that need it. */
function keysOfLog(dir: string | undefined): Readonly<Record<string, readonly LoggedKey[]>> {
  try {
    return Object.fromEntries(Object.entries(readWorkspace(dir).state.zones).map(([name, { keys }]) => [name, keys]));
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) return {};
    throw error;
  }
}
