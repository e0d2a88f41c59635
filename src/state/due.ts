import { realpathSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type CdsContents, contentsOf } from '../../keystore/rollover/contents.ts';
import type { ZoneRoll } from '../../keystore/rollover/model.ts';
import type { ArtifactRef, LoggedRelease } from '../audit/entry.ts';
import type { Policy, ZoneConfig } from '../config/config.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import { inputFiles } from '../release/input-files.ts';
import { signatureTimesOf } from '../release/signature-times.ts';
import { isUnsigned } from '../release/unsigned-step.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { ArtifactStore } from '../workspace/artifacts.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { policyDigest } from './policy-digest.ts';
import type { State } from './state.ts';

export type DueReason =
  | { readonly kind: 'never-released' }
  | { readonly kind: 'source-changed'; readonly file: string }
  | { readonly kind: 'keys-changed' }
  /** CDS and CDNSKEY ask the parent for something else than the states of the keys want. */
  | { readonly kind: 'cds-changed' }
  | { readonly kind: 'policy-changed' }
  | { readonly kind: 'refresh'; readonly since: string }
  | { readonly kind: 'expired'; readonly since: string };

/** Why a zone should be signed now; empty if it need not, or is not signed as a whole here. */
export function dueReasons(zone: ZoneConfig, policy: Policy, state: State, paths: WorkspacePaths, now: number): readonly DueReason[] {
  const { releases = [] } = state.zones[zone.name] ?? {};
  if (zone.mode === 'offline-ksk') return [];
  const release = releases.at(-1);
  if (release === undefined) return [{ kind: 'never-released' }];
  const reasons: DueReason[] = [];
  const times = signatureTimesOf(release);
  if (times !== undefined && times.validUntil <= now) reasons.push({ kind: 'expired', since: release.validUntil });
  else if (times !== undefined && times.refreshAt <= now) reasons.push({ kind: 'refresh', since: release.refreshAt });
  const changed = changedFile(inputFiles(new ArtifactStore(paths.artifacts), release), zone.source, paths);
  if (changed !== undefined) reasons.push({ kind: 'source-changed', file: changed });
  const roll = zoneRollOf(state, zone.name);
  if (!hasItsKeys(roll, release)) reasons.push({ kind: 'keys-changed' });
  if (!hasItsCds(roll, release, policy)) reasons.push({ kind: 'cds-changed' });
  // What a policy says is how a zone is signed.
  if (release.kind !== 'unsigned' && policyDigest(policy) !== release.policy) reasons.push({ kind: 'policy-changed' });
  return reasons;
}

/**
 * Keys that were generated and that no rollover has taken yet are not missing in a release, and a rollover that waits does not make it old. Of other
 * operators' keys a release tells nothing: they come and go with the releases of their rollovers.
 */
function hasItsKeys(roll: ZoneRoll, { keyTags }: LoggedRelease): boolean {
  const { dnskey, signsKeys, signsZone } = contentsOf(roll, { cds: 'none' });
  const names = new Set([...dnskey.map(({ name }) => name), ...signsKeys, ...signsZone]);
  const wanted = roll.keys.filter(({ name, operator }) => names.has(name) && operator === 'self').map(({ keyTag }) => keyTag);
  return wanted.toSorted().join() === keyTags.toSorted().join();
}

/**
 * Of a release that does not tell its CDS nothing is known: it is renewed when its signatures are. Without a key that signs them there are none
 * (RFC 7344 4.1), whatever the parent is to be asked.
 */
function hasItsCds(roll: ZoneRoll, { cds }: LoggedRelease, { cdsCdnskeyPublish }: Policy): boolean {
  return isUnsigned(roll) || cds === undefined || cdsText(cds) === cdsText(contentsOf(roll, { cds: cdsCdnskeyPublish }).cds);
}

const cdsText = (cds: CdsContents): string => (cds.kind === 'keys' ? cds.keys.toSorted().join() : cds.kind);

/** The first file that is not as it was when the zone was signed from it; the source itself, where the configuration names another file now. */
function changedFile(input: readonly ArtifactRef[], source: string, { root }: WorkspacePaths): string | undefined {
  const place = (name: string): string => (isAbsolute(name) ? name : join(root, name));
  const [main] = input;
  if (main === undefined || !isSamePath(place(main.name), source)) return source;
  return input.find(({ name, sha256 }) => sha256OfFile(place(name)) !== sha256)?.name;
}

/** Mostly they are written alike, and then no folder has to be asked. */
const isSamePath = (a: string, b: string): boolean => a === b || realPath(a) === realPath(b);

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
