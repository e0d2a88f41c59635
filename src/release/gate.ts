import { statSync } from 'node:fs';
import type { WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import { makeInProcessChecker, type SignatureChecker } from '../../signer/verify/public-key.ts';
import { type VerifyResult, verifyZone } from '../../signer/verify/verify-zone.ts';
import type { Zone } from '../../signer/zone/zone.ts';
import { OVERRIDABLE_RULES, type OverridableRule, type Policy } from '../config/config.ts';
import type { Io } from '../io.ts';
import { reportProgress } from '../print/progress.ts';
import { Stopwatch } from '../print/stopwatch.ts';
import { CheckerPool } from '../verify/checker-pool.ts';
import { countSignatures } from '../verify/count-signatures.ts';
import type { ExpectedForms } from './expected-forms.ts';
import { JUDGES_NOT_ASKED, judgeFindings, judgeJudges, judgePreservation, judgeSerial, judgeVerification } from './gate-rules.ts';
import type { GateResult, RuleVerdict, VerifyReport } from './gate-types.ts';
import { type JudgeName, makeJudgeTools, runJudges, type Verdict } from './judges.ts';
import { compareZones, judgeLimits } from './limits.ts';
import { judgeMargin } from './margin.ts';
import { preservationDigest } from './preservation.ts';
import { readSignedFile, type SignedReading } from './signed-file.ts';
import { verifyReport } from './verify-report.ts';
import { contentsOfZone, type ZoneContents } from './zone-contents.ts';

export interface GateInput {
  readonly apex: WireName;
  /** The same in text. */
  readonly origin: string;
  /** What the release will be called. */
  readonly serial: number;
  /** Unix seconds. */
  readonly now: number;
  /** `now` was given by hand and is not that of the machine's clock: rehearsals. */
  readonly isTimeGiven?: boolean;
  /** The signed zone; read anew from the disk. */
  readonly file: string;
  /** What the zone was made from (see inputZone). */
  readonly input: Zone;
  /** Preservation digest of it, taken when it was read; taken now if absent. */
  readonly inputDigest?: string;
  readonly previous: { readonly zone: Zone; readonly serial: number } | undefined;
  /** DS RDATA that the parent has, where it is known. */
  readonly ds?: readonly Uint8Array[];
  /** What the verifier is to take as it is in the midst of a rollover. */
  readonly expected?: ExpectedForms;
  readonly policy: Policy;
  /** Of the zone checks before signing. */
  readonly findings: readonly Finding[];
  /** Rule → reason. */
  readonly overrides: ReadonlyMap<OverridableRule, string>;
  readonly judges: JudgePanel;
  readonly checker?: SignatureChecker;
  readonly io: Io;
}

/**
 * What a signed zone must pass to become a release, in this order: verifier, preservation, serial, findings, judges, limits, margin.
 * All rules are asked, so that everything is known at once; only the judges are spared a zone that the verifier has found bad.
 * Nothing is written. A zone that fails is a result, not an error.
 * @throws Refusal file/…; Fault verify/worker-failed, file/read-failed
 */
export async function runGate(input: GateInput): Promise<GateResult> {
  const { now, policy, previous } = input;
  const watch = new Stopwatch();
  const output = watch.time('read', () => readSignedFile(input.file, input.apex, now));
  const verification = await watch.wait('verify', verify(input, output));
  const inputDigest = input.inputDigest ?? preservationDigest(input.input);
  const preservation = watch.time('preservation', () => preservationDigest(output.zone));
  const judges = verification.good ? await watch.wait('judges', askJudges(input, output)) : JUDGES_NOT_ASKED;
  const changes = watch.time('changes', () => (previous === undefined ? undefined : compareZones(previous.zone, output.zone)));
  const asked: readonly RuleVerdict[] = [
    judgeVerification(verification),
    judgePreservation(input.input, inputDigest, output.zone, preservation),
    judgeSerial(input.serial, output.signed, previous?.serial),
    judgeFindings(input.findings, policy.gate.refuseFindings),
    judges,
    ...judgeLimits(changes, policy.gate.limits),
    judgeMargin(output.signed, policy, now),
  ];
  const verdicts = asked.map((verdict) => applyOverride(verdict, input));
  const passed = verdicts.every(({ verdict }) => verdict !== 'fail');
  return { passed, verdicts, preservation, signed: output.signed, verification, changes, seconds: watch.seconds() };
}

/**
 * Before anything is signed: may these rules be overridden at all?
 * @throws Refusal gate/not-overridable
 */
export function checkOverrides({ name, gate }: Policy, overrides: ReadonlyMap<string, string>): void {
  const rule = [...overrides.keys()].find((key) => !isOverridable(key, gate.overridable));
  if (rule === undefined) return;
  throw new Refusal(
    'gate/not-overridable',
    `--override ${rule}: the policy ${name} lets ${gate.overridable.join(', ') || 'no rule'} be overridden`,
    (OVERRIDABLE_RULES as readonly string[]).includes(rule)
      ? 'mend what the rule finds, or put it under gate: overridable: and run coldsign policy apply'
      : 'mend what the rule finds: the verifier, preservation and the serial are never overridden',
  );
}

/** A rule that only now turns out not to be overridable fails as it would have. */
export function applyOverride(verdict: RuleVerdict, { overrides, policy }: Pick<GateInput, 'overrides' | 'policy'>): RuleVerdict {
  const { rule, text } = verdict;
  if (!isOverridable(rule, policy.gate.overridable) || !overrides.has(rule)) return verdict;
  if (verdict.verdict === 'pass') return { ...verdict, text: `${text} (it was to be overridden, which was not needed)` };
  // Judges that were not asked have said nothing that could be set aside.
  return rule === 'judges' && verdict.judges === undefined ? verdict : { ...verdict, verdict: 'overridden' };
}

function isOverridable(rule: string, overridable: readonly string[]): rule is OverridableRule {
  return (OVERRIDABLE_RULES as readonly string[]).includes(rule) && overridable.includes(rule);
}

/** The zone that was read, as every validator and secondary would see it; findings of the reading are the verifier's too. */
async function verify(input: GateInput, reading: SignedReading): Promise<VerifyReport> {
  const result = reading.errors > 0 ? undefined : await verifySigned(input, reading);
  const findings = [...reading.findings, ...(result?.findings ?? [])];
  return verifyReport({ zone: input.origin, serial: reading.signed.serial, now: input.now, findings, counts: result?.counts });
}

/** Below this a thread takes longer to start than to check. */
const IN_PROCESS_SIGNATURES = 3000;

async function verifySigned({ now, ds, expected, checker, io }: GateInput, { zone }: SignedReading): Promise<VerifyResult> {
  const signatures = countSignatures(zone);
  await using own = checker === undefined && signatures > IN_PROCESS_SIGNATURES ? new CheckerPool() : undefined;
  using progress = reportProgress('verify', signatures, io.err);
  return await verifyZone(zone, {
    ...expected,
    now,
    checker: checker ?? own ?? makeInProcessChecker(),
    onProgress: (done) => progress.report(done),
    ...(ds === undefined ? {} : { ds }),
  });
}

async function askJudges(input: GateInput, { zone }: SignedReading): Promise<RuleVerdict> {
  const { judges: panel, file, origin, now, isTimeGiven = false, policy } = input;
  const { judges, agree, judgeTimeout } = policy.gate;
  const verdicts = await panel.judge({ file, origin, now, judges, timeoutSeconds: judgeTimeout, contents: contentsOfZone(zone) });
  return judgeJudges(verdicts, { agree, isTimeGiven });
}

/** Whom the gate asks; one panel for all zones of a command. */
export interface JudgePanel {
  /** @returns one verdict a judge, in the order given; of those that are not installed `unavailable` */
  judge(request: PanelRequest): Promise<readonly Verdict[]>;
}

export interface PanelRequest {
  readonly file: string;
  readonly origin: string;
  /** Unix seconds. */
  readonly now: number;
  readonly judges: readonly JudgeName[];
  readonly timeoutSeconds: number;
  /** What is in the zone; see JudgeRequest. */
  readonly contents?: ZoneContents;
  /** See JudgeRequest. */
  readonly isUnsigned?: true;
}

/** Of a small zone two judges hold little: they run side by side. */
const SMALL_FILE_OCTETS = 1 << 20;

/**
 * The judges of this machine.
 * @param folders where to look for them; default: PATH and the usual ones
 */
export function makeJudgePanel(folders?: readonly string[]): JudgePanel {
  const tools = makeJudgeTools(folders);
  const absence = (judge: JudgeName): Verdict | undefined => {
    try {
      tools.path(judge);
      return undefined;
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'setup/tool-missing')) throw error;
      return { judge, version: 'none', verdict: 'unavailable', exit: undefined, clock: 'none', seconds: 0, text: error.message };
    }
  };
  return {
    async judge(request) {
      const absent = new Map(request.judges.map((name) => [name, absence(name)]));
      const present = request.judges.filter((name) => absent.get(name) === undefined);
      const parallel = statSync(request.file).size < SMALL_FILE_OCTETS ? 2 : 1;
      const verdicts = await runJudges({ ...request, judges: present, parallel }, tools);
      return request.judges.map((name) => absent.get(name) ?? verdicts.find(({ judge }) => judge === name)!);
    },
  };
}
