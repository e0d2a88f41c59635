import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { printName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import { syncFolder } from '../workspace/atomic-file.ts';
import { attemptWrite } from '../workspace/not-writable.ts';
import { type WorkspacePaths, zoneFolder } from '../workspace/paths.ts';

type ReleasePaths = Pick<WorkspacePaths, 'releases'>;

const CURRENT = 'current';
const CURRENT_PARTIAL = '.current.partial';
const STAGING = '.staging';

/**
 * Makes the staged release the current one: the folder appears under its serial in one step, complete, then `current` is turned to it.
 * Between the two steps the release is there and not yet current: {@link pointCurrent} finishes.
 * @param staging folder of {@link stagingFolder}, its files synced; on the same file system
 * @returns the folder of the release
 * @throws Refusal release/exists; Fault file/not-writable
 */
export function publishRelease(paths: ReleasePaths, apex: WireName, serial: number, staging: string): string {
  const folder = releaseFolder(paths, apex, serial);
  refuseExisting(paths, apex, serial);
  attemptWrite(folder, () => {
    makeFolder(dirname(folder));
    syncFolder(staging);
    renameSync(staging, folder);
    syncFolder(dirname(staging));
    syncFolder(dirname(folder));
  });
  pointCurrent(paths, apex, serial);
  return folder;
}

/** Asked before the intent is logged, and once more where the folder is made. @throws Refusal release/exists */
export function refuseExisting(paths: ReleasePaths, apex: WireName, serial: number): void {
  const folder = releaseFolder(paths, apex, serial);
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return;
  throw new Refusal(
    'release/exists',
    `a release of ${printName(apex)} with the serial ${serial} stands in ${folder}; a release is never replaced`,
    'sign again with a serial that is ahead',
  );
}

/** Turns `current` to a release that is in its place; there is no moment without a `current`. Safe to repeat. @throws Fault file/not-writable */
export function pointCurrent(paths: ReleasePaths, apex: WireName, serial: number): void {
  const zone = join(paths.releases, zoneFolder(apex));
  attemptWrite(join(zone, CURRENT), () => {
    rmSync(join(zone, CURRENT_PARTIAL), { force: true });
    symlinkSync(`${serial}`, join(zone, CURRENT_PARTIAL));
    renameSync(join(zone, CURRENT_PARTIAL), join(zone, CURRENT));
    syncFolder(zone);
  });
}

export interface ReleasePlace {
  readonly serial: number;
  readonly folder: string;
}

/**
 * What `current` names, whether it is there or not.
 * @returns undefined where there is no `current`
 * @throws Refusal release/bad-current where it is not a link to a serial beside it
 */
export function currentRelease(paths: ReleasePaths, apex: WireName): ReleasePlace | undefined {
  const link = join(paths.releases, zoneFolder(apex), CURRENT);
  const status = lstatSync(link, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  const target = status.isSymbolicLink() ? readlinkSync(link) : undefined;
  const serial = Number(target);
  if (target !== undefined && `${serial}` === target && Number.isInteger(serial) && serial >= 0 && serial <= 0xffff_ffff)
    return { serial, folder: releaseFolder(paths, apex, serial) };
  throw new Refusal(
    'release/bad-current',
    `${link} is ${target === undefined ? 'no link' : `a link to ${JSON.stringify(target)}`}; it has to be a link to the serial of a release beside it`,
    `make it one: ln -sfn SERIAL ${link}`,
  );
}

/** `releases/<zone>/<serial>` */
export function releaseFolder(paths: ReleasePaths, apex: WireName, serial: number): string {
  return join(paths.releases, zoneFolder(apex), `${serial}`);
}

/**
 * Makes an empty folder for a release that is in the making; what an interrupted command left there is removed.
 * Design note: a level of its own for the serial: a zone name may fill a file name to its last octet.
 * @throws Fault file/not-writable
 */
export function stagingFolder(paths: ReleasePaths, apex: WireName, serial: number): string {
  const folder = join(paths.releases, STAGING, zoneFolder(apex), `${serial}`);
  attemptWrite(folder, () => {
    rmSync(folder, { recursive: true, force: true });
    makeFolder(folder);
  });
  return folder;
}

/** Removes what is in the making: of one release, or everything. @throws Fault file/not-writable */
export function clearStaging(paths: ReleasePaths, apex?: WireName, serial?: number): void {
  const parts = [apex === undefined ? [] : [zoneFolder(apex)], serial === undefined ? [] : [`${serial}`]].flat();
  const folder = join(paths.releases, STAGING, ...parts);
  attemptWrite(folder, () => rmSync(folder, { recursive: true, force: true }));
}

/** With the folders above it, each entry on the disk. */
function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    syncFolder(dirname(made));
    if (made === first) return;
  }
}
