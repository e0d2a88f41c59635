import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import { BLOCKS_SIGNING, checkZone } from '../../signer/zone/checks/check-zone.ts';
import type { RecordStore } from '../../signer/zone/record-store.ts';
import type { Zone } from '../../signer/zone/zone.ts';
import type { Io } from '../io.ts';
import { printFindings } from '../print/findings.ts';

/**
 * Checks the zone and refuses what must not be signed. Everything found is printed, the input's own findings first.
 * @returns the findings, for the report
 * @throws Refusal sign/findings
 */
export function refuseUnsignable(
  zone: Zone,
  records: RecordStore,
  inputFindings: readonly Finding[],
  file: string,
  io: Io,
): readonly Finding[] {
  const findings = [...inputFindings, ...checkZone(zone, { records })];
  const blocking = findings.filter((f) => f.severity === 'error' || BLOCKS_SIGNING.has(f.id));
  printFindings(
    findings.filter((f) => f.severity !== 'info' || blocking.includes(f)),
    io.err,
  );
  if (blocking.length === 0) return findings;
  const first = blocking[0]!;
  throw new Refusal(
    'sign/findings',
    `${file} has ${blocking.length} ${blocking.length === 1 ? 'finding' : 'findings'} that must be mended before it is signed, the first: ${first.id} ${first.text}`,
    'mend the zone and see `coldsign zone check`',
  );
}
