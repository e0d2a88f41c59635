import { createHash } from 'node:crypto';
import { WireWriter } from '../../signer/dns/bytes.ts';
import type { SignedZone } from '../../signer/plan-data.ts';
import { signedZonePrinter } from '../../signer/print-signed.ts';
import { type SignatureCheck, type SignCounts, signZone } from '../../signer/sign.ts';
import type { Io } from '../io.ts';
import { reportProgress } from '../print/progress.ts';
import { AtomicFile } from '../workspace/atomic-file.ts';

const CHUNK_OCTETS = 1 << 18;
/** Grows to a chunk and a record when there is so much. */
const FIRST_OCTETS = 1 << 14;

export interface Written {
  readonly records: number;
  readonly octets: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  readonly counts: Readonly<SignCounts>;
}

/**
 * Signs and writes at the same time: what is signed is printed while the token works on the rest. The file appears under
 * its name only when every signature is in it and it is on the disk.
 * @param syncing `by-caller` in a folder that nobody looks into before the caller has synced it
 * @throws Fault token/…, sign/bad-signature, file/…; the output file is then as it was before
 */
export async function writeSigned(
  signed: SignedZone,
  check: SignatureCheck,
  path: string,
  io: Io,
  syncing: 'here' | 'by-caller' = 'here',
): Promise<Written> {
  const counts: SignCounts = { made: 0, kept: 0, keptButBad: 0 };
  const printer = signedZonePrinter(signed);
  const out = new WireWriter(FIRST_OCTETS);
  const hash = createHash('sha256');
  using file = new AtomicFile(path, syncing === 'here' ? 'removed' : 'left');
  using progress = reportProgress('signatures', signed.plan.jobs.count, io.err);
  const flush = (jobsDone: number): void => {
    let more = true;
    while (more) {
      more = printer.print(jobsDone, out, CHUNK_OCTETS);
      if (!more && out.length < CHUNK_OCTETS && jobsDone < signed.plan.jobs.count) return;
      const piece = out.bytes.subarray(0, out.length);
      hash.update(piece);
      file.write(piece);
      out.length = 0;
    }
  };
  for await (const jobsDone of signZone(signed, check, counts)) {
    flush(jobsDone);
    progress.report(jobsDone);
  }
  flush(signed.plan.jobs.count);
  if (syncing === 'here') file.commit();
  else file.place();
  return { records: printer.records, octets: file.octets, sha256: hash.digest('hex'), counts };
}
