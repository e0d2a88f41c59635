import { WireWriter } from './dns/bytes.ts';
import { TYPE } from './dns/rrtype.ts';
import { DENIAL_BIT, nsec3Owner, type SignedZone } from './plan-data.ts';
import { appendRrsig } from './rrsig.ts';
import { findRrset, nameOf } from './zone/zone.ts';
import { printRecord } from './zonefile/print.ts';

/** Writes a signed zone as a zone file: canonical order, one record a line, names absolute, each RRset followed by its RRSIGs. */
export interface SignedZonePrinter {
  /**
   * Appends whole owners to `out`, as far as their signatures are among the first `jobsDone`, but stops when `out` holds `enough` octets.
   * @returns false when there is nothing more to be written for now
   */
  print(jobsDone: number, out: WireWriter, enough: number): boolean;
  /** Records written so far. */
  readonly records: number;
}

export function signedZonePrinter(signed: SignedZone): SignedZonePrinter {
  const { zone, denial, jobs, units } = signed.plan;
  const scratch = new Uint8Array(256);
  const hashedOwner = new Uint8Array(256);
  const rrsig = new WireWriter(1024);
  let owner: Uint8Array = zone.apex;
  let nextUnit = 0;
  let nextJob = 0;
  let nextNsec = 0;
  let records = 0;

  function print(jobsDone: number, out: WireWriter, enough: number): boolean {
    while (nextUnit < units.length) {
      if (out.length >= enough) return true;
      if (nextJob < jobs.count && jobsDone < jobs.count && unitEndsAfter(jobsDone)) return false;
      printUnit(units[nextUnit++]!, out);
    }
    return false;
  }

  /** Does a signature of the next owner lie at or beyond `jobsDone`? An owner without signatures never does. */
  function unitEndsAfter(jobsDone: number): boolean {
    const unit = units[nextUnit]!;
    let job = nextJob;
    while (job < jobsDone && belongsToUnit(jobs.target[job]!, unit)) job++;
    return job === jobsDone && belongsToUnit(jobs.target[job]!, unit);
  }

  function belongsToUnit(target: number, unit: number): boolean {
    if ((target & DENIAL_BIT) === 0) return (unit & DENIAL_BIT) === 0 && zone.rrsetName[target] === unit;
    return denial.kind === 'nsec3' ? target === unit : denial.names[target & ~DENIAL_BIT] === unit;
  }

  function printUnit(unit: number, out: WireWriter): void {
    if ((unit & DENIAL_BIT) !== 0) {
      if (denial.kind !== 'nsec3') throw new Error('an NSEC3 unit in a zone with NSEC');
      owner = nsec3Owner(zone, denial.hashes, unit & ~DENIAL_BIT, hashedOwner);
      printDenial(unit, TYPE.NSEC3, out);
      return;
    }
    owner = nameOf(zone, unit);
    const soa = unit === 0 ? findRrset(zone, 0, TYPE.SOA) : -1;
    const apexJobs = nextJob;
    if (soa >= 0) {
      printRecords(soa, out);
      for (let j = apexJobs; j < jobs.count && belongsToUnit(jobs.target[j]!, unit); j++)
        if (jobs.target[j] === soa) printRrsig(j, zone.rrsetTtl[soa]!, out);
    }
    for (let r = zone.nameFirstRrset[unit]!; r < zone.nameFirstRrset[unit + 1]!; r++) {
      if (r !== soa) printRecords(r, out);
      for (; nextJob < jobs.count && jobs.target[nextJob] === r; nextJob++) if (r !== soa) printRrsig(nextJob, zone.rrsetTtl[r]!, out);
    }
    if (denial.kind === 'nsec' && denial.names[nextNsec] === unit) printDenial((DENIAL_BIT | nextNsec++) >>> 0, TYPE.NSEC, out);
  }

  function printRecords(rrset: number, out: WireWriter): void {
    const type = zone.rrsetType[rrset]!;
    for (let k = zone.rrsetFirstRecord[rrset]!; k < zone.rrsetFirstRecord[rrset + 1]!; k++) {
      const at = zone.rdataAt[k]!;
      printLine(zone.rrsetTtl[rrset]!, type, zone.wire, at, at + zone.rdataLength[k]!, out);
    }
  }

  function printDenial(target: number, type: number, out: WireWriter): void {
    const index = target & ~DENIAL_BIT;
    printLine(denial.ttl, type, denial.rdata.bytes, denial.rdataAt[index]!, denial.rdataAt[index + 1]!, out);
    for (; nextJob < jobs.count && jobs.target[nextJob] === target; nextJob++) printRrsig(nextJob, denial.ttl, out);
  }

  function printRrsig(job: number, ttl: number, out: WireWriter): void {
    rrsig.length = 0;
    appendRrsig(signed, job, rrsig, scratch);
    printLine(ttl, TYPE.RRSIG, rrsig.bytes, 0, rrsig.length, out);
  }

  function printLine(ttl: number, type: number, wire: Uint8Array, start: number, end: number, out: WireWriter): void {
    printRecord(owner, 0, ttl, type, wire, start, end, out);
    records++;
  }

  return {
    print,
    get records() {
      return records;
    },
  };
}
