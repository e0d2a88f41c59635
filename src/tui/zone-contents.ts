import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { parseName } from '../../signer/dns/name.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { Job, ZoneContents } from '../../tui/data.ts';
import { RELEASE_FILES } from '../release/manifest.ts';
import { releaseFolder } from '../release/release-folder.ts';
import { Turns } from './turns.ts';
import type { View } from './view.ts';

const PIECE = 1 << 18;
const LINE_FEED = 10;

/**
 * Counts the records of the current release, and the days on which its signatures end. The file is read in pieces; it is the program's own, one record a
 * line: owner, TTL, class, type and RDATA between tabs.
 * @throws Refusal release/none; Fault file/read-failed; AbortError where the job was stopped
 */
export async function zoneContents({ state, paths }: View, zone: string, job: Job): Promise<ZoneContents> {
  const release = state.zones[zone]?.releases.at(-1);
  if (release === undefined)
    throw new Refusal('release/none', `${zone} was never released, so there is nothing to count`, `coldsign zone sign ${zone}`);
  const folder = releaseFolder(paths, parseName(zone), release.serial);
  const signed = join(folder, RELEASE_FILES.zone);
  // A zone that went insecure has a release without signatures.
  const path = existsSync(signed) ? signed : join(folder, RELEASE_FILES.unsigned);
  const counts: Counts = { types: new Map(), classes: new Map(CLASSES.map((name) => [name, 0])), days: new Map() };
  await eachLine(path, job, (line) => count(line, zone, counts));
  return {
    serial: release.serial,
    classes: [...counts.classes].map(([name, records]) => ({ name, records })),
    types: [...counts.types]
      .map(([type, records]) => ({ type, records }))
      .sort((a, b) => b.records - a.records || (a.type < b.type ? -1 : 1)),
    expiries: [...counts.days].map(([day, signatures]) => ({ day, signatures })).sort((a, b) => a.day - b.day),
  };
}

const CLASSES = ['apex', 'delegations (NS, DS)', 'data and glue', 'keys and CDS', 'proofs (NSEC, NSEC3)', 'signatures'] as const;
type Class = (typeof CLASSES)[number];

interface Counts {
  readonly types: Map<string, number>;
  readonly classes: Map<Class, number>;
  /** Of signatures, by the day on which they end. */
  readonly days: Map<number, number>;
}

function count(line: string, apex: string, { types, classes, days }: Counts): void {
  const [owner, , , type, rdata] = line.split('\t');
  if (owner === undefined || type === undefined || owner.startsWith(';')) return;
  types.set(type, (types.get(type) ?? 0) + 1);
  const kind = classOf(type, owner === apex);
  classes.set(kind, classes.get(kind)! + 1);
  if (type !== 'RRSIG') return;
  const expiration = rdata?.split(' ', 5)[4] ?? '';
  const day = Date.UTC(Number(expiration.slice(0, 4)), Number(expiration.slice(4, 6)) - 1, Number(expiration.slice(6, 8))) / 1000;
  if (Number.isFinite(day)) days.set(day, (days.get(day) ?? 0) + 1);
}

function classOf(type: string, isApex: boolean): Class {
  switch (type) {
    case 'RRSIG':
      return 'signatures';
    case 'NSEC':
    case 'NSEC3':
    case 'NSEC3PARAM':
      return 'proofs (NSEC, NSEC3)';
    case 'DNSKEY':
    case 'CDS':
    case 'CDNSKEY':
      return 'keys and CDS';
    case 'NS':
      return isApex ? 'apex' : 'delegations (NS, DS)';
    case 'DS':
      return 'delegations (NS, DS)';
    default:
      return isApex ? 'apex' : 'data and glue';
  }
}

async function eachLine(path: string, job: Job, use: (line: string) => void): Promise<void> {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    const turns = new Turns(job, 'octets of the release', size);
    const octets = Buffer.allocUnsafe(PIECE);
    let rest = '';
    for (let at = 0; at < size; ) {
      const read = readSync(fd, octets, 0, PIECE, at);
      if (read === 0) break;
      at += read;
      const end = octets.lastIndexOf(LINE_FEED, read - 1);
      const whole = rest + octets.toString('latin1', 0, end < 0 ? read : end + 1);
      if (end < 0) {
        rest = whole;
        continue;
      }
      rest = octets.toString('latin1', end + 1, read);
      for (const line of whole.split('\n')) if (line !== '') use(line);
      await turns.next(at);
    }
    if (rest !== '') use(rest);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw cause;
    throw new Fault('file/read-failed', `${path} could not be read (${code})`, 'bring the release back from a backup', { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
