import { isAbsolute, join } from 'node:path';
import type { Policy, ZoneConfig } from '../config/config.ts';
import { parseMoment } from '../config/time-text.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import type { WorkspacePaths } from '../workspace/paths.ts';
import { policyDigest } from './policy-digest.ts';
import type { State } from './state.ts';

export type DueReason =
  | { readonly kind: 'never-released' }
  | { readonly kind: 'source-changed'; readonly file: string }
  | { readonly kind: 'keys-changed' }
  | { readonly kind: 'policy-changed' }
  | { readonly kind: 'refresh'; readonly since: string }
  | { readonly kind: 'expired'; readonly since: string };

/** Why a zone should be signed now; empty if it need not. */
export function dueReasons(zone: ZoneConfig, policy: Policy, state: State, paths: WorkspacePaths, now: number): readonly DueReason[] {
  const { keys = [], releases = [] } = state.zones[zone.name] ?? {};
  const release = releases.at(-1);
  if (release === undefined) return [{ kind: 'never-released' }];
  const reasons: DueReason[] = [];
  if (parseMoment(release.validUntil, now) <= now) reasons.push({ kind: 'expired', since: release.validUntil });
  else if (parseMoment(release.refreshAt, now) <= now) reasons.push({ kind: 'refresh', since: release.refreshAt });
  const changed = release.input.find(({ name, sha256 }) => sha256OfFile(isAbsolute(name) ? name : join(paths.root, name)) !== sha256);
  if (changed !== undefined || release.input[0] === undefined) reasons.push({ kind: 'source-changed', file: changed?.name ?? zone.source });
  if (keys.map(({ keyTag }) => keyTag).join() !== release.keyTags.join()) reasons.push({ kind: 'keys-changed' });
  if (policyDigest(policy) !== release.policy) reasons.push({ kind: 'policy-changed' });
  return reasons;
}
