import { serialFollows } from '../../signer/dns/serial.ts';
import type { Finding } from '../../signer/finding.ts';
import type { Zone } from '../../signer/zone/zone.ts';
import type { GatePolicy } from '../config/config.ts';
import { findingSummary } from '../print/findings.ts';
import type { RuleVerdict, SignedFile, VerifyReport } from './gate-types.ts';
import { type JudgeName, UNSIGNED_JUDGES, type Verdict } from './judges.ts';
import { firstDifference } from './preservation.ts';

/** Findings that a verdict carries; the reports beside it have them all. */
const MAX_FINDINGS = 100;
const TEXT_LIMIT = 300;

/** `verifier`: the program's own verifier finds no error in the file as it is on the disk. Warnings are told. */
export function judgeVerification({ good, findings, counts }: VerifyReport): RuleVerdict {
  const rule = 'verifier';
  if (good) {
    const checked = `${counts?.goodSignatures} of ${counts?.signatures} signatures verify over ${counts?.signedRrsets} RRsets`;
    return { rule, verdict: 'pass', text: `${checked}; ${findingSummary(findings)}`, findings };
  }
  const first = findings.find(({ severity }) => severity === 'error');
  return {
    rule,
    verdict: 'fail',
    text: `${findingSummary(findings)}; the first error: ${first?.id} ${shorten(first?.text ?? '')}`,
    findings,
  };
}

/**
 * `preservation`: signing has added DNSSEC records and nothing else.
 * @param inputDigest taken when the input was read
 */
export function judgePreservation(input: Zone, inputDigest: string, output: Zone, outputDigest: string): RuleVerdict {
  const rule = 'preservation';
  if (inputDigest === outputDigest) return { rule, verdict: 'pass', text: `the data of input and output have the digest ${outputDigest}` };
  const difference =
    firstDifference(input, output)?.text ?? 'no record of the input as it is in memory now differs: the memory was changed';
  const digests = `the data of the input have the digest ${inputDigest}, those of the output ${outputDigest}`;
  return { rule, verdict: 'fail', text: `${shorten(difference)}; ${digests}` };
}

/**
 * `serial`: the SOA of the file has the serial of the release, ahead of that of the release before (RFC 1982).
 * @param previous undefined: this is the first release
 */
export function judgeSerial(serial: number, { serial: found }: Pick<SignedFile, 'serial'>, previous: number | undefined): RuleVerdict {
  const rule = 'serial';
  if (found !== serial) {
    const instead = found === undefined ? 'no SOA' : `a SOA with the serial ${found}`;
    return { rule, verdict: 'fail', text: `the file has ${instead}, the release is ${serial}` };
  }
  if (previous === undefined) return { rule, verdict: 'pass', text: `${serial}, no earlier release` };
  if (serialFollows(serial, previous)) return { rule, verdict: 'pass', text: `${serial} is ahead of ${previous}` };
  return { rule, verdict: 'fail', text: `${serial} is not ahead of ${previous} (RFC 1982): secondaries would not take the zone` };
}

/** `findings`: none of those about the data that the policy refuses. */
export function judgeFindings(findings: readonly Finding[], refused: GatePolicy['refuseFindings']): RuleVerdict {
  const rule = 'findings';
  const hits = findings.filter(({ id }) => refused.includes(id));
  const [first] = hits;
  if (first === undefined)
    return {
      rule,
      verdict: 'pass',
      text: `${findingSummary(findings)}, none of them of the ${refused.length} kinds that the policy refuses`,
    };
  const number = hits.length === 1 ? '1 finding' : `${hits.length} findings`;
  const text = `${number} that the policy refuses; the first: ${first.id} ${shorten(first.text)}`;
  return { rule, verdict: 'fail', text, findings: hits.slice(0, MAX_FINDINGS) };
}

/** What the judges were asked for. */
export interface JudgesAsked {
  /** How many must accept. */
  readonly agree: number;
  /** The time was given by hand: a judge that knows the clock of this machine alone has judged at another one, and does not count. */
  readonly isTimeGiven: boolean;
}

/**
 * `judges`: as many accept as the policy asks for, and none rejects. One that came to no verdict has not accepted. One that abstains lowers the
 * number that must, but not below one: a release never rests on the own verifier alone.
 */
export function judgeJudges(judges: readonly Verdict[], { agree, isTimeGiven }: JudgesAsked): RuleVerdict {
  const rule = 'judges';
  const apart = judges.filter(({ clock }) => isTimeGiven && clock === 'system');
  const counted = judges.filter((verdict) => !apart.includes(verdict));
  const abstaining = counted.filter(({ verdict }) => verdict === 'abstain');
  const wanted = Math.min(agree, counted.length);
  const needed = Math.max(Math.min(wanted, 1), wanted - abstaining.length);
  const accepting = counted.filter(({ verdict }) => verdict === 'accept');
  const others = counted.filter(({ verdict }) => verdict === 'reject' || verdict === 'unavailable');
  const isRejected = others.some(({ verdict }) => verdict === 'reject');
  const sentences = [
    `${accepting.length} of ${counted.length} judges accept, ${needed} must${isRejected ? ' and none may reject' : ''}`,
    // Ahead of what is less: the log cuts long texts.
    ...abstaining.map(({ judge, note = '' }) => `${judge} ${oneLine(note)}`),
    ...accepting.filter(({ note }) => note !== undefined).map(({ judge, note = '' }) => `${judge} ${oneLine(note)}`),
    ...(accepting.length === 0 ? [] : [accepting.map(({ judge, version }) => `${judge} ${version}`).join(', ')]),
    ...others.map(({ judge, verdict, text }) => `${judge} ${verdict === 'reject' ? 'rejects' : 'gives no verdict'}: ${lastLine(text)}`),
    ...apart.map(({ judge }) => `${judge} knows only the clock of this machine and does not count, as the time was given`),
  ];
  const verdict = isRejected || accepting.length < needed ? 'fail' : 'pass';
  return { rule, verdict, text: sentences.join('; '), judges };
}

/** Where the verifier has found the zone bad, its judges would take their time for nothing. */
export const JUDGES_NOT_ASKED: RuleVerdict = {
  rule: 'judges',
  verdict: 'fail',
  text: 'not asked: the verifier has found the zone bad already',
};

/**
 * The same where the zone is not signed. Those that know nothing but signatures are not asked; of the others one at least must accept, unless the
 * policy asks for none at all.
 * @param judges those who were asked @param left those who were not
 */
export function judgeUnsignedJudges(
  judges: readonly Verdict[],
  left: readonly JudgeName[],
  { agree, isTimeGiven }: JudgesAsked,
): RuleVerdict {
  const nobody = agree > 0 && judges.length === 0;
  const said = judgeJudges(judges, { agree, isTimeGiven });
  const apart = left.length === 0 ? '' : `; not asked, since there are no signatures: ${left.join(', ')}`;
  const wish = nobody ? `; the policy names none of ${UNSIGNED_JUDGES.join(', ')}, and one of them must accept` : '';
  return { ...said, verdict: nobody ? 'fail' : said.verdict, text: `${said.text}${apart}${wish}` };
}

/** What a foreign program prints goes to a terminal: nothing that moves its cursor. */
function lastLine(text: string): string {
  return oneLine(text.trimEnd().split('\n').at(-1) ?? '');
}

const oneLine = (text: string): string => shorten(text.replace(/[^ -~]/g, '?'));

function shorten(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text;
}
