import { readFileSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import type { PolicyChange } from '../audit/entry.ts';
import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import type { Io } from '../io.ts';
import { checkPolicies } from '../policy/check.ts';
import { configDiff } from '../policy/diff.ts';
import { zoneFacts } from '../policy/zone-facts.ts';
import { printFindings } from '../print/findings.ts';
import { findWorkspace } from '../workspace/find.ts';
import { workspacePaths } from '../workspace/paths.ts';
import { policyLoaded } from '../workspace/policy-entry.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface PolicyApplyOptions extends Omit<SessionRequest, 'command' | 'config'> {
  /** People who agreed, for the quorum `policy-apply`. */
  readonly approvedBy: readonly string[];
  readonly json: boolean;
}

/** `policy apply`: file → configuration → checks → difference to the one in force → log. From then on it is in force. */
export async function policyApply(options: PolicyApplyOptions, io: Io): Promise<number> {
  const paths = workspacePaths(findWorkspace(options.dir));
  const text = readFileSync(paths.config, 'utf8');
  const config = parseConfig(text, paths.config, paths.root);
  refuseUnworkable(config, io);
  return withSession({ ...options, command: 'policy apply', config }, io, async (session) => {
    const approvals = approvalsFor(session.config, options.approvedBy);
    const changes = configDiff(session.config, config);
    refuseOtherOrigin(session.state.origin, config.origin);
    const loaded = policyLoaded(session.artifacts, text, changes, config.people);
    // Comments are part of the file: with the same values, but another text, the new text is in force.
    if (loaded.config.sha256 !== session.state.config?.sha256)
      session.append('policy.loaded', { ...loaded, ...(approvals.length === 0 ? {} : { approvals }) });
    io.out.write(options.json ? `${JSON.stringify({ changes }, undefined, 2)}\n` : changesText(changes));
    return 0;
  });
}

/** @throws Refusal policy/unworkable, after printing all findings */
function refuseUnworkable(config: Config, io: Io): void {
  const findings = checkPolicies(config, zoneFacts(config));
  printFindings(findings, io.err);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  throw new Refusal(
    'policy/unworkable',
    `the configuration has ${errors.length} ${errors.length === 1 ? 'rule' : 'rules'} that cannot hold, the first: ${errors[0]!.text}`,
    'mend coldsign.yaml and see coldsign policy check; the configuration in force is unchanged',
  );
}

/** The name of a log is in its key and in every checkpoint. */
function refuseOtherOrigin(inForce: string, wanted: string): void {
  if (inForce === wanted) return;
  throw new Refusal('policy/origin', `log: origin: is ${wanted}, the log of this workspace is ${inForce}`, 'write the old name back');
}

/** The quorum of the configuration in force decides about the next one. */
function approvalsFor(config: Config, given: readonly string[]): readonly string[] {
  const quorum = config.quorums['policy-apply'];
  const people = [...new Set(given)];
  const strangers = people.filter((name) => quorum === undefined || !quorum.people.includes(name));
  if (quorum !== undefined && (people.length - strangers.length < quorum.need || strangers.length > 0)) {
    throw new Refusal(
      'policy/quorum',
      `the quorum policy-apply asks for ${quorum.need} of ${quorum.people.join(', ')}; given: ${people.join(', ') || 'nobody'}`,
      'name those who agreed with --approved-by NAME, once each',
    );
  }
  return people;
}

function changesText(changes: readonly PolicyChange[]): string {
  if (changes.length === 0) return 'nothing has changed; the configuration in force stays\n';
  const lines = changes.map(({ path, before, after }) => {
    if (before === undefined) return `+ ${path}: ${after}`;
    return after === undefined ? `- ${path}: ${before}` : `~ ${path}: ${before} -> ${after}`;
  });
  return `${lines.join('\n')}\n${changes.length} ${changes.length === 1 ? 'change is' : 'changes are'} in force now\n`;
}
