import type { JudgeName } from './judges.ts';

/**
 * What a judge objects to, line by line, without the words it always prints. A form of output that is not known to the last line has no complaints
 * that could be told apart.
 * @returns undefined where any line is not understood
 */
export function complaintsOf(judge: JudgeName, output: string): readonly string[] | undefined {
  const lines = output.split('\n').filter((line) => line !== '');
  switch (judge) {
    case 'kzonecheck':
      return complaintsOfKnot(lines);
    case 'dnssec-verify':
      return complaintsOfBind(lines);
    case 'ldns-verify-zone':
    case 'named-checkzone':
      return undefined;
    default:
      return judge satisfies never;
  }
}

const SUMMARY = 'Error summary:';
const KNOT_COMPLAINT = /^\[\S+\] (.+?)(?: \(record type \S+\))?$/;
const KNOT_COUNT = /^ *(\d+)\t(.+)$/;

/** `[owner] complaint`, one a line, then a summary with the number of each; the two must tell the same. */
function complaintsOfKnot(lines: readonly string[]): readonly string[] | undefined {
  const at = lines.indexOf(SUMMARY);
  if (at < 0) return undefined;
  const complaints = lines.slice(0, at);
  const kinds = complaints.map((line) => KNOT_COMPLAINT.exec(line)?.[1]);
  const counts = lines.slice(at + 1).map((line) => KNOT_COUNT.exec(line));
  if (kinds.includes(undefined) || counts.includes(null)) return undefined;
  const told = new Map(counts.map((match) => [match![2]!, Number(match![1])]));
  const isSame = told.size === new Set(kinds).size && kinds.every((kind) => told.get(kind!) === kinds.filter((k) => k === kind).length);
  return isSame && told.size === counts.length ? complaints : undefined;
}

/** Printed of every zone that does not pass, each once. */
const BIND_FRAME: readonly RegExp[] = [
  /^Loading zone '\S+' from file '.+'$/,
  /^Verifying the zone using the following algorithms:$/,
  /^The zone is not fully signed for the following algorithms:$/,
  /^\.$/,
  /^DNSSEC completeness test failed\.$/,
];
const BIND_VERIFIED = /^- [A-Z0-9-]+$/;
const BIND_FAILED = /^ [A-Z0-9-]+(?: [A-Z0-9-]+)*$/;

/** Where BIND finds no key to begin with it says so, on standard error, and nothing else. */
const BIND_BEFORE = /^No self-signed (?:KSK )?DNSKEY found$/;

/** Everything outside of the frame is a complaint; the algorithms that failed are those that complaints name. */
function complaintsOfBind(lines: readonly string[]): readonly string[] | undefined {
  const before = lines.filter((line) => BIND_BEFORE.test(line));
  if (before.length === 1 && lines.length === 2 && lines.some((line) => BIND_FRAME[0]!.test(line))) return before;
  const isFramed = BIND_FRAME.every((part) => lines.filter((line) => part.test(line)).length === 1);
  const rest = lines.filter((line) => !BIND_FRAME.some((part) => part.test(line)) && !BIND_VERIFIED.test(line));
  const failed = rest.filter((line) => BIND_FAILED.test(line));
  if (!isFramed || failed.length !== 1) return undefined;
  const complaints = rest.filter((line) => line !== failed[0]);
  const isNamed = failed[0]!
    .trim()
    .split(' ')
    .every((mnemonic) => complaints.some((line) => line.endsWith(` ${mnemonic}`)));
  return isNamed ? complaints : undefined;
}
