import { printVkey, type VerifierKey } from '../audit/vkey.ts';
import type { Verdict } from '../release/judges.ts';
import type { Manifest } from '../release/manifest.ts';
import type { Examination } from './examine.ts';
import { expectationWords } from './expectations.ts';

const KIND_WORDS = { zone: '', unsigned: ', UNSIGNED', catalog: ', catalog zone' } as const;

/** A release in a few lines, as its manifest says. */
export function manifestLines(manifest: Manifest, sha256: string): readonly string[] {
  const { kind, zone, serial, created, mode, log, validFrom, validUntil, previous } = manifest;
  return [
    `${zone} serial ${serial}${KIND_WORDS[kind]}`,
    `  made          ${created}, ${mode}, log size ${log}`,
    ...(validFrom === undefined ? [] : [`  valid         ${validFrom} to ${validUntil}`]),
    `  manifest      ${sha256}`,
    `  previous      ${previous === undefined ? 'none' : `serial ${previous.serial}, manifest ${previous.sha256}`}`,
    ...manifest.keys.map(({ tag, algorithm, flags }) => `  key           ${tag}, algorithm ${algorithm}, flags ${flags}`),
    ...manifest.expected.map((expectation) => `  expected      ${expectationWords(expectation)}`),
    ...manifest.judges.map(({ name, version, verdict }) => `  judged        ${name} ${version}: ${verdict}`),
    ...manifest.overrides.map((rule) => `  OVERRIDDEN    ${rule}`),
    ...manifest.files.map(({ path, size, sha256: hash }) => `  file          ${path}, ${size} octets, ${hash}`),
  ];
}

/** What the connected side found itself. */
export function examinationLines({ records, counts, members, findings, verdicts }: Examination): readonly string[] {
  return [
    members === undefined ? `  zone          ${records} records` : `  catalog       ${members} members`,
    ...(counts === undefined ? [] : [`  signatures    ${counts.goodSignatures} of ${counts.signatures} verify`]),
    ...(findings.length === 0 ? [] : [`  findings      ${findings.length}, none of them an error`]),
    ...verdicts.map(judgeLine),
  ];
}

/** What a foreign program prints goes to a terminal: nothing that moves its cursor. */
function judgeLine({ judge, version, verdict, note }: Verdict): string {
  const told = note === undefined ? '' : `; it ${note.replace(/[^ -~]/g, '?')}`;
  return `  judge         ${judge} ${version}: ${verdict}${told}`;
}

export const signerLines = (signers: readonly VerifierKey[]): readonly string[] =>
  signers.map((key) => `  signed by     ${printVkey(key)}`);
