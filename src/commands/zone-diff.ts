import { join } from 'node:path';
import { parseName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import { diffZones } from '../../signer/zone/diff.ts';
import { buildZone, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import type { Io } from '../io.ts';
import { writeAll } from '../print/stream.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import { zoneFileName } from '../release/zone-file-name.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { zoneFolder } from '../workspace/paths.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';

export interface ZoneDiffOptions {
  readonly dir?: string;
  readonly zone: string;
  /** Serial of a release; default: the current one. */
  readonly from?: number;
  /** Serial of a release; default: the source as it is now. */
  readonly to?: number;
  /** Compare what signing adds, too. */
  readonly signerOwned: boolean;
  readonly json: boolean;
}

/** `zone diff`: two states of a zone → the records that are in one of them only. @returns 0, or 1 where they differ, as diff does */
export async function zoneDiff(options: ZoneDiffOptions, io: Io): Promise<number> {
  const workspace = readSealedWorkspace(options.dir);
  const zone = zoneOf(workspace.config, options.zone);
  const apex = parseName(zone.name);
  const from = options.from ?? currentSerial(workspace, zone.name);
  const before = readZone(releaseFile(workspace, zone.name, from), apex);
  const after = readZone(options.to === undefined ? zone.source : releaseFile(workspace, zone.name, options.to), apex);
  const counts = { removed: 0, added: 0 };
  const pieces = lines(before, after, options, counts);
  await writeAll(io.out, pieces);
  if (!options.json)
    io.err.write(`${zone.name} ${from} to ${options.to ?? zone.source}: ${counts.removed} records removed, ${counts.added} added\n`);
  return counts.removed + counts.added === 0 ? 0 : 1;
}

function* lines(
  before: Zone,
  after: Zone,
  { signerOwned, json, to }: ZoneDiffOptions,
  counts: { removed: number; added: number },
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const { kind, text } of diffZones(before, after, { signerOwned, ignoreSerial: to === undefined })) {
    counts[kind]++;
    yield encoder.encode(json ? `${JSON.stringify({ kind, record: text })}\n` : `${kind === 'added' ? '+' : '-'} ${text}\n`);
  }
}

function currentSerial({ state }: ReadWorkspace, zone: string): number {
  const release = state.zones[zone]?.releases.at(-1);
  if (release !== undefined) return release.serial;
  throw new Refusal('release/none', `${zone} was never released, so there is nothing to compare with`, `coldsign zone sign ${zone}`);
}

/** @throws Refusal release/none, release/changed: what is compared is what was released, not what the disk says of it */
function releaseFile({ paths, state }: ReadWorkspace, zone: string, serial: number): string {
  const { releases = [] } = state.zones[zone] ?? {};
  const release = releases.find((known) => known.serial === serial);
  if (release === undefined) {
    const known = releases.map((one) => one.serial).join(', ') || 'none';
    throw new Refusal(
      'release/none',
      `${zone} has no release ${serial} among the last ones, which are ${known}`,
      `coldsign zone show ${zone}`,
    );
  }
  const file = join(paths.releases, zoneFolder(parseName(zone)), `${serial}`, zoneFileName(release));
  const found = sha256OfFile(file);
  if (found === release.signed) return file;
  throw new Refusal(
    'release/changed',
    `${file} has the sha256 ${found ?? 'of a file that is not there'}, the log says ${release.signed}`,
    'bring the release back from a copy',
  );
}

function readZone(file: string, apex: WireName): Zone {
  const { store, findings, errors } = readZoneFile(zoneFileOpener(), file, apex);
  if (errors === 0) return buildZone(store, apex);
  const first = findings.find(({ severity }) => severity === 'error');
  throw new Refusal(
    'zone/unreadable',
    `${file} has ${errors} errors, the first in line ${first?.line}: ${first?.text}`,
    'see coldsign zone check',
  );
}
