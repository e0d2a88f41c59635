import type { MadeRelease } from './make-release.ts';

/** A release in a few lines. */
export function releaseText({ folder, report, gate }: MadeRelease): string {
  const { names, signatures, denial } = report;
  const lines = [
    `${report.zone} serial ${report.serial} released into ${folder}`,
    `  records       ${report.output.records}, ${report.output.octets} octets`,
    `  delegations   ${names.secureDelegations} secure, ${names.insecureDelegations} insecure`,
    `  denial        ${denial.kind === 'nsec' ? 'NSEC' : `NSEC3${denial.optOut ? ' opt-out' : ''}`}, ${denial.records} records`,
    `  signatures    ${signatures.made} made, ${signatures.kept} kept`,
    `  expire        ${signatures.earliestExpiration} to ${signatures.latestExpiration}`,
    ...report.keys.map((k) => `  key           ${k.role.toUpperCase()} ${k.keyTag} ${k.algorithm}, ${k.signatures} signatures`),
    ...gate.verdicts.map(({ rule, verdict, text }) => `  gate          [${MARK[verdict]}] ${rule}: ${text}`),
    ...report.ds.map((ds) => `  DS            ${ds}`),
  ];
  return `${lines.join('\n')}\n`;
}

const MARK = { pass: 'ok', fail: 'FAIL', overridden: 'OVERRIDDEN' } as const;
