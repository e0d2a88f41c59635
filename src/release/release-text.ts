import type { MadeRelease } from './make-release.ts';

/** A release in a few lines. */
export function releaseText(made: MadeRelease): string {
  const { folder, report, gate } = made;
  const lines = [
    `${report.zone} serial ${report.serial} released ${made.kind === 'unsigned' ? 'UNSIGNED ' : ''}into ${folder}`,
    `  records       ${report.output.records}, ${report.output.octets} octets`,
    ...signingLines(made),
    ...gate.verdicts.map(({ rule, verdict, text }) => `  gate          [${MARK[verdict]}] ${rule}: ${text}`),
    ...dsLines(made),
  ];
  return `${lines.join('\n')}\n`;
}

function signingLines(made: MadeRelease): readonly string[] {
  if (made.kind === 'unsigned') return ['  signatures    none: the zone has gone insecure'];
  const { names, signatures, denial, keys } = made.report;
  return [
    `  delegations   ${names.secureDelegations} secure, ${names.insecureDelegations} insecure`,
    `  denial        ${denial.kind === 'nsec' ? 'NSEC' : `NSEC3${denial.optOut ? ' opt-out' : ''}`}, ${denial.records} records`,
    `  signatures    ${signatures.made} made, ${signatures.kept} kept`,
    `  expire        ${signatures.earliestExpiration} to ${signatures.latestExpiration}`,
    ...keys.map((k) => `  key           ${k.role.toUpperCase()} ${k.keyTag} ${k.algorithm}, ${k.signatures} signatures`),
  ];
}

const dsLines = (made: MadeRelease): readonly string[] =>
  made.kind === 'unsigned' ? [] : made.report.ds.map((ds) => `  DS            ${ds}`);

const MARK = { pass: 'ok', fail: 'FAIL', overridden: 'OVERRIDDEN' } as const;
