import type { AnyEntry } from '../state/state.ts';
import type { ArtifactRef, KeyRef } from './entry.ts';

/** What an entry speaks of. */
export interface Subjects {
  /** Absolute lower-case names with the last dot. */
  readonly zones: readonly string[];
  readonly keyTags: readonly number[];
  /** CKA_IDs, lower-case hexadecimal. */
  readonly keyIds: readonly string[];
}

/** Where an entry points to, for what it does not say itself. */
export interface SubjectSources {
  entry(seq: number): AnyEntry;
  /** JSON of an artifact; undefined when it cannot be had. */
  artifact(reference: ArtifactRef): unknown;
}

/**
 * Zones and keys of an entry. What became of an intent is about what the intent was about.
 * @returns `isUnknown` where more zones are in an artifact that cannot be had
 */
export function subjectsOf(entry: AnyEntry, sources: SubjectSources): Subjects & { readonly isUnknown?: true } {
  switch (entry.type) {
    case 'log.genesis':
      return { ...NONE, keyIds: [entry.data.key.id] };
    case 'policy.loaded': {
      const { diff, whole } = entry.data;
      const changes = whole === undefined ? diff : listIn(sources.artifact(whole));
      return changes === undefined ? { ...zonesOfChanges(diff), isUnknown: true } : zonesOfChanges(changes);
    }
    case 'key.generate.intent':
      return { ...NONE, zones: [entry.data.zone], keyIds: entry.data.before };
    case 'key.generate.result':
      return ofKey(entry.data.key);
    case 'key.imported':
    case 'key.destroy.intent':
    case 'key.destroy.result':
    case 'key.proved':
    case 'key.refused':
      return ofKey(entry.data.key);
    case 'key.backup':
    case 'key.drill':
    case 'key.restore.intent':
    case 'key.restored':
      return ofKeys(entry.data.keys, sources);
    case 'sign.intent':
      return { ...NONE, zones: [entry.data.zone], keyTags: entry.data.keyTags };
    case 'sign.result':
      return { ...NONE, zones: [entry.data.zone], keyTags: entry.data.perKey.map(({ keyTag }) => keyTag) };
    case 'release.intent':
      return { ...NONE, zones: [entry.data.release.zone], keyTags: entry.data.release.keyTags };
    case 'release.result':
      return { ...ofIntent(entry.data.intent, entry.seq, sources), zones: [entry.data.zone] };
    case 'intent.resolved': {
      const { intent, key } = entry.data;
      const { zones, keyTags } = ofIntent(intent, entry.seq, sources);
      const more = key === undefined ? NONE : ofKey(key);
      return { zones: [...zones, ...more.zones], keyTags: [...keyTags, ...more.keyTags], keyIds: more.keyIds };
    }
    case 'batch.begun': {
      const { zones } = entry.data;
      const names = 'sha256' in zones ? listIn(sources.artifact(zones)) : zones;
      return names === undefined ? { ...NONE, isUnknown: true } : { ...NONE, zones: names as readonly string[] };
    }
    case 'roll.started':
      return { ...NONE, zones: [entry.data.zone], keyTags: tagsOfNames([...entry.data.roll.old, ...entry.data.roll.new]) };
    case 'roll.noted':
    case 'roll.step.intent':
    case 'roll.cancelled':
      return { ...NONE, zones: [entry.data.zone], keyTags: tagsOfNames(entry.data.moves.map(({ key }) => key)) };
    case 'ds.observed':
      return { ...NONE, zones: [entry.data.zone], keyTags: tagsOfNames(entry.data.keys) };
    case 'ds.submitted':
    case 'ds.retracted':
      return { ...NONE, zones: [entry.data.zone], keyTags: [entry.data.keyTag] };
    case 'zone.observed':
    case 'input.accepted':
    case 'input.rejected':
    case 'gate.passed':
    case 'gate.refused':
    case 'exception.opened':
    case 'batch.zone':
      return { ...NONE, zones: [entry.data.zone] };
    case 'log.anomaly':
    case 'session.open':
    case 'session.close':
    case 'clock.jump':
    case 'batch.ended':
    case 'checkpoint.witnessed':
    case 'export.created':
    case 'pin.shares':
    case 'pin.combined':
    case 'ceremony.opened':
    case 'ceremony.attendance':
    case 'ceremony.step.begun':
    case 'ceremony.step.ended':
    case 'approval.given':
    case 'approval.refused':
    case 'ceremony.exception':
    case 'ceremony.exception.closed':
    case 'ceremony.handover':
    case 'ceremony.paused':
    case 'ceremony.resumed':
    case 'ceremony.ended':
    case 'env.checked':
    case 'clock.checked':
    case 'continuity.checked':
      return NONE;
    default:
      return entry satisfies never;
  }
}

/** A log that was tampered with may point anywhere: followed is what is an intent and stands before. */
function ofIntent(intent: number, seq: number, sources: SubjectSources): Subjects {
  if (!Number.isSafeInteger(intent) || intent < 0 || intent >= seq) return NONE;
  const entry = sources.entry(intent);
  return entry.type.endsWith('.intent') ? subjectsOf(entry, sources) : NONE;
}

const NONE: Subjects = { zones: [], keyTags: [], keyIds: [] };

function ofKey({ zone, keyTag, id }: { readonly zone: string; readonly keyTag: number; readonly id: string }): Subjects {
  return { zones: [zone], keyTags: [keyTag], keyIds: [id] };
}

/** `13-4711-…`: the tag is the second part of a key's name. */
function tagsOfNames(names: readonly string[]): readonly number[] {
  return [...new Set(names.map((name) => Number(name.split('-')[1])))].filter(Number.isSafeInteger);
}

function ofKeys(keys: readonly KeyRef[] | ArtifactRef, sources: SubjectSources): Subjects & { readonly isUnknown?: true } {
  const all = 'sha256' in keys ? listIn(sources.artifact(keys)) : keys;
  if (all === undefined) return { ...NONE, isUnknown: true };
  const each = (all as readonly KeyRef[]).map(ofKey);
  return {
    zones: [...new Set(each.flatMap(({ zones }) => zones))],
    keyTags: each.flatMap(({ keyTags }) => keyTags),
    keyIds: each.flatMap(({ keyIds }) => keyIds),
  };
}

/** A path is `zones.NAME.MEMBER`, the name without its last dot. */
function zonesOfChanges(changes: readonly unknown[]): Subjects {
  const names = changes.flatMap((change) => {
    const path = (change as { readonly path?: unknown }).path;
    const match = typeof path === 'string' ? /^zones\.(.+)\.[a-z-]+$/.exec(path) : null;
    return match === null ? [] : [match[1] === '.' ? '.' : `${match[1]}.`];
  });
  return { ...NONE, zones: [...new Set(names)] };
}

const listIn = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);
