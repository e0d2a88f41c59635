import { createHash } from 'node:crypto';
import { WireWriter } from '../../signer/dns/bytes.ts';
import type { SignedZone } from '../../signer/plan-data.ts';
import { signedZonePrinter } from '../../signer/print-signed.ts';
import { type SignatureCheck, type SignCounts, signZone } from '../../signer/sign.ts';
import type { Io } from '../io.ts';
import { reportProgress } from '../print/progress.ts';
import { AtomicFile } from '../workspace/atomic-file.ts';

const CHUNK_OCTETS = 1 << 18;

export interface Written {
  readonly records: number;
  readonly octets: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  readonly counts: Readonly<SignCounts>;
}

/** Tells the function given, each time that signatures were made, how many there are: more often than batches end. */
export type MadeTeller = (listener: (made: number) => void) => void;

/**
 * Signs and writes at the same time: what is signed is printed while the token works on the rest. The file appears under
 * its name only when every signature is in it and it is on the disk.
 * @throws Fault token/…, sign/bad-signature, file/…; the output file is then as it was before
 */
export async function writeSigned(
  signed: SignedZone,
  check: SignatureCheck,
  path: string,
  io: Io,
  tellMade?: MadeTeller,
): Promise<Written> {
  const counts: SignCounts = { made: 0, kept: 0, keptButBad: 0 };
  const printer = signedZonePrinter(signed);
  const out = new WireWriter(CHUNK_OCTETS + 70_000);
  const hash = createHash('sha256');
  using file = new AtomicFile(path);
  using progress = reportProgress('signatures', signed.plan.jobs.count, io.err);
  tellMade?.((made) => progress.report(made + counts.kept));
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
  file.commit();
  return { records: printer.records, octets: file.octets, sha256: hash.digest('hex'), counts };
}
