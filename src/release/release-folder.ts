import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { printName, type WireName } from '../../signer/dns/name.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import { syncFolder, syncTogether } from '../workspace/atomic-file.ts';
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
  attempt(folder, () => {
    for (const changed of publication(paths, apex, serial, staging)) for (const path of changed) syncFolder(path);
  });
  return folder;
}

/** The same for many at a time: while the disk works for one of them, the others go on. */
export async function publishReleaseAside(paths: ReleasePaths, apex: WireName, serial: number, staging: string): Promise<string> {
  const folder = releaseFolder(paths, apex, serial);
  try {
    for (const changed of publication(paths, apex, serial, staging)) await syncTogether(changed);
  } catch (cause) {
    throw notMade(folder, cause);
  }
  return folder;
}

/** Step by step: after each the folders that it changed, to be synced before the next. */
function* publication(paths: ReleasePaths, apex: WireName, serial: number, staging: string): Generator<readonly string[]> {
  const folder = releaseFolder(paths, apex, serial);
  refuseExisting(paths, apex, serial);
  yield makeFolder(dirname(folder));
  yield [staging];
  renameSync(staging, folder);
  yield [dirname(staging), dirname(folder)];
  turnCurrent(dirname(folder), serial);
  yield [dirname(folder)];
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
  attempt(join(zone, CURRENT), () => {
    turnCurrent(zone, serial);
    syncFolder(zone);
  });
}

function turnCurrent(zone: string, serial: number): void {
  rmSync(join(zone, CURRENT_PARTIAL), { force: true });
  symlinkSync(`${serial}`, join(zone, CURRENT_PARTIAL));
  renameSync(join(zone, CURRENT_PARTIAL), join(zone, CURRENT));
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
  attempt(folder, () => {
    rmSync(folder, { recursive: true, force: true });
    // Not synced: nobody misses it before it has become a release.
    mkdirSync(folder, { recursive: true });
  });
  return folder;
}

/** Removes what is in the making: of one release, or everything. @throws Fault file/not-writable */
export function clearStaging(paths: ReleasePaths, apex?: WireName, serial?: number): void {
  const parts = [apex === undefined ? [] : [zoneFolder(apex)], serial === undefined ? [] : [`${serial}`]].flat();
  const folder = join(paths.releases, STAGING, ...parts);
  attempt(folder, () => rmSync(folder, { recursive: true, force: true }));
}

/** With the folders above it. @returns the folders that have a new entry */
function makeFolder(folder: string): readonly string[] {
  const first = mkdirSync(folder, { recursive: true });
  const changed: string[] = [];
  if (first === undefined) return changed;
  for (let made = folder; ; made = dirname(made)) {
    changed.push(dirname(made));
    if (made === first) return changed;
  }
}

function attempt(path: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw notMade(path, cause);
  }
}

function notMade(path: string, cause: unknown): unknown {
  if (cause instanceof Refusal) return cause;
  const why = (cause as NodeJS.ErrnoException).code ?? 'error';
  const hint = why === 'ENOSPC' ? 'make room on the disk and try again' : 'check the folder and its permissions';
  return new Fault('file/not-writable', `${path} could not be made (${why})`, hint, { cause });
}
