import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import type { WireName } from '../../signer/dns/name.ts';
import { serialFollows } from '../../signer/dns/serial.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { Manifest } from '../release/manifest.ts';
import { syncFolder, writeFileAtomically } from '../workspace/atomic-file.ts';
import { zoneFolder } from '../workspace/paths.ts';

const SHA256 = z.string().regex(/^[0-9a-f]{64}$/);
const SERIAL = z.int().min(0).max(0xffff_ffff);

const RELEASE = z.strictObject({
  serial: SERIAL,
  /** sha256 of MANIFEST. */
  manifest: SHA256,
  /** sha256 of the zone file. */
  file: SHA256,
  created: z.string(),
  applied: z.string(),
  previous: z.strictObject({ serial: SERIAL, manifest: SHA256 }).optional(),
  /** The zone has no signatures. Absent: it has, or it is a catalog. */
  kind: z.literal('unsigned').optional(),
});

const STATE = z.strictObject({ format: z.literal(1), zone: z.string(), releases: z.array(RELEASE).min(1) });

/** What was applied for one zone, the last one is served. */
export type ApplyState = z.infer<typeof STATE>;
export type AppliedRelease = z.infer<typeof RELEASE>;

export const statePath = (folder: string, apex: WireName): string => join(folder, `${zoneFolder(apex)}.json`);

/** @returns undefined where nothing was applied yet @throws Refusal release/bad-state */
export function readState(path: string, zone: string): ApplyState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault(
      'file/read-failed',
      `${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      'check the folder and its permissions',
      {
        cause,
      },
    );
  }
  const state = STATE.safeParse(jsonOf(text));
  if (state.success && state.data.zone === zone) return state.data;
  const why = state.success ? `it is of ${state.data.zone}` : (state.error.issues[0]?.message ?? 'it is no JSON');
  throw new Refusal(
    'release/bad-state',
    `${path} is not the record of what was applied for ${zone}: ${why}`,
    'bring it back from a copy; without one compare the serial that is served, move the file away, and the serial of the placed file decides',
  );
}

/** Adds the release to the history; the file is complete or as it was. @throws Fault file/not-writable */
export function recordApplied(path: string, zone: string, before: ApplyState | undefined, release: AppliedRelease): void {
  const state: ApplyState = { format: 1, zone, releases: [...(before?.releases ?? []), release] };
  writeFileAtomically(path, `${JSON.stringify(state, undefined, 1)}\n`);
}

/** The folder is there when this returns. @throws Fault file/not-writable */
export function makeStateFolder(folder: string): void {
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o755 }) !== undefined) syncFolder(dirname(folder));
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('file/not-writable', `the folder ${folder} could not be made (${why})`, 'make it, or name another one under state:', {
      cause,
    });
  }
}

/** How a release stands to what was applied last. */
export type Succession =
  | { readonly kind: 'first' }
  | { readonly kind: 'same' }
  | { readonly kind: 'next' }
  /** Releases were made in between that did not come here. */
  | { readonly kind: 'skipped'; readonly from: number; readonly previous: number };

/**
 * A release follows what was applied when its serial is ahead and its `previous` is that release or a later one.
 * @param sha256 of its MANIFEST
 * @throws Refusal release/serial-reused, release/serial-backwards, release/foreign-history
 * @see RFC 1982 3.2
 */
export function judgeSuccession(state: ApplyState | undefined, manifest: Manifest, sha256: string): Succession {
  const last = state?.releases.at(-1);
  if (last === undefined) return { kind: 'first' };
  if (last.manifest === sha256) return { kind: 'same' };
  const { zone, serial, previous } = manifest;
  if (serial === last.serial) {
    throw new Refusal(
      'release/serial-reused',
      `serial ${serial} of ${zone} was applied at ${last.applied} from the manifest ${last.manifest}; this one is ${sha256}`,
      'two releases have one serial: find out which one is right, and make a new release with a serial that is ahead',
    );
  }
  if (!serialFollows(serial, last.serial)) throw serialBackwards(zone, serial, last.serial, `which was applied at ${last.applied}`);
  if (previous?.serial === last.serial && previous.sha256 === last.manifest) return { kind: 'next' };
  if (previous !== undefined && serialFollows(previous.serial, last.serial) && serialFollows(serial, previous.serial))
    return { kind: 'skipped', from: last.serial, previous: previous.serial };
  throw new Refusal(
    'release/foreign-history',
    `the release before serial ${serial} of ${zone} is ${previous === undefined ? 'none' : `serial ${previous.serial} (${previous.sha256})`}, but serial ${last.serial} (${last.manifest}) was applied here`,
    'there are two histories of this zone: ask the signing side which one is right before anything is applied',
  );
}

export function serialBackwards(zone: string, serial: number, before: number, which: string): Refusal {
  return new Refusal(
    'release/serial-backwards',
    `serial ${serial} of ${zone} is not ahead of ${before}, ${which}: secondaries would not take it`,
    'apply the newest release; to go back, the signing side makes a new release of the old data (coldsign release rollback)',
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
