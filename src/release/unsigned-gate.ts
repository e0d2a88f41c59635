import { printName } from '../../signer/dns/name.ts';
import { isSignerOwned, typeMnemonic } from '../../signer/dns/rrtype.ts';
import { nameOf } from '../../signer/zone/zone.ts';
import { Stopwatch } from '../print/stopwatch.ts';
import { isAtApex } from './data-records.ts';
import { applyOverride, type GateInput } from './gate.ts';
import { judgeFindings, judgePreservation, judgeSerial, judgeUnsignedJudges } from './gate-rules.ts';
import type { GateOutcome, RuleVerdict } from './gate-types.ts';
import { UNSIGNED_JUDGES } from './judges.ts';
import { compareZones, judgeLimits } from './limits.ts';
import { preservationDigest } from './preservation.ts';
import { readSignedFile, type SignedReading } from './signed-file.ts';

/** Of a zone that is found to be none, or signed, the judges have nothing to say. */
const JUDGES_NOT_ASKED: RuleVerdict = { rule: 'judges', verdict: 'fail', text: 'not asked: the zone is not as it is meant to be already' };

export type UnsignedGateInput = Omit<GateInput, 'ds' | 'expected' | 'checker'>;

/**
 * What a zone that is meant to be unsigned must pass to become a release: unsigned, preservation, serial, findings, judges, limits. There is nothing
 * for the verifier, and no margin: no signature ends. Nothing is written. A zone that fails is a result, not an error.
 * @throws Refusal file/…; Fault file/read-failed
 */
export async function runUnsignedGate(input: UnsignedGateInput): Promise<GateOutcome> {
  const { policy, previous } = input;
  const watch = new Stopwatch();
  const output = watch.time('read', () => readSignedFile(input.file, input.apex, input.now));
  const unsigned = judgeUnsigned(output);
  const inputDigest = input.inputDigest ?? preservationDigest(input.input);
  const preservation = watch.time('preservation', () => preservationDigest(output.zone));
  const judges = unsigned.verdict === 'pass' ? await watch.wait('judges', askJudges(input)) : JUDGES_NOT_ASKED;
  const changes = watch.time('changes', () => (previous === undefined ? undefined : compareZones(previous.zone, output.zone)));
  const asked: readonly RuleVerdict[] = [
    unsigned,
    judgePreservation(input.input, inputDigest, output.zone, preservation),
    judgeSerial(input.serial, output.signed, previous?.serial),
    judgeFindings(input.findings, policy.gate.refuseFindings),
    judges,
    ...judgeLimits(changes, policy.gate.limits),
  ];
  const verdicts = asked.map((verdict) => applyOverride(verdict, input));
  const passed = verdicts.every(({ verdict }) => verdict !== 'fail');
  return { passed, verdicts, preservation, signed: output.signed, changes, seconds: watch.seconds() };
}

/**
 * `unsigned`: the file is a zone, and nothing in it is what signing makes. One such record that stayed would make an answer that looks signed, or denies
 * what is there. DS records of delegations are data of the zone.
 */
export function judgeUnsigned({ zone, findings, errors }: SignedReading): RuleVerdict {
  const rule = 'unsigned';
  const { duplicates, outOfZone } = zone.left;
  if (errors > 0 || duplicates.length > 0 || outOfZone.length > 0) {
    const first = findings.find(({ severity }) => severity === 'error');
    const read = errors > 0 ? `${errors} errors, the first: ${first?.id} ${first?.text}` : 'no error';
    const text = `the file has ${read}; ${duplicates.length} records twice, ${outOfZone.length} outside of the zone`;
    return { rule, verdict: 'fail', text, findings };
  }
  for (let r = 0; r < zone.rrsetCount; r++) {
    const type = zone.rrsetType[r]!;
    if (!isSignerOwned(type, isAtApex(zone, r))) continue;
    const owner = printName(nameOf(zone, zone.rrsetName[r]!));
    return { rule, verdict: 'fail', text: `${owner} has ${typeMnemonic(type)} records, which only a signed zone has` };
  }
  return { rule, verdict: 'pass', text: `none of ${zone.recordCount} records is one that signing makes` };
}

async function askJudges({ judges: panel, file, origin, now, isTimeGiven = false, policy }: UnsignedGateInput): Promise<RuleVerdict> {
  const { judges, agree, judgeTimeout } = policy.gate;
  const able = judges.filter((name) => UNSIGNED_JUDGES.includes(name));
  const left = judges.filter((name) => !able.includes(name));
  const verdicts = await panel.judge({ file, origin, now, judges: able, timeoutSeconds: judgeTimeout, isUnsigned: true });
  return judgeUnsignedJudges(verdicts, left, { agree, isTimeGiven });
}
