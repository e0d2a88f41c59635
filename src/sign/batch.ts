import { Refusal } from '../../signer/errors.ts';
import type { ArtifactRef, EntryData } from '../audit/entry.ts';
import type { ZoneConfig } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { dueReasons } from '../state/due.ts';
import type { Batch } from '../state/state.ts';
import type { ArtifactStore } from '../workspace/artifacts.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import type { Session } from '../workspace/session.ts';

export interface BatchWish {
  readonly zones: readonly string[];
  readonly all: boolean;
  readonly due: boolean;
  readonly resume: boolean;
}

export type ZoneOutcome =
  | { readonly zone: string; readonly outcome: 'done'; readonly serial: number; readonly signatures: number; readonly isUnsigned?: true }
  | { readonly zone: string; readonly outcome: 'refused' | 'failed'; readonly code: string; readonly text: string; readonly hint: string };

/** Octets of zone names that an entry holds itself. */
const INLINE_OCTETS = 8000;

/** The zones of a run over many, in the order of the configuration. @throws Refusal workspace/nothing-to-resume, workspace/unknown-zone */
export function batchZones(session: Session, wish: BatchWish): readonly ZoneConfig[] {
  if (wish.resume) return remainingZones(session);
  const named = wish.all ? wholeZones(session) : [...new Set(wish.zones.map((name) => zoneOf(session.config, name)))];
  if (!wish.due) return named;
  return named.filter(
    (zone) => dueReasons(zone, session.config.policies[zone.policy]!, session.state, session.paths, session.now).length > 0,
  );
}

/** All zones that are signed as a whole here; those whose ZSK is elsewhere are told, and have no part in the run. */
function wholeZones({ config, io }: Session): readonly ZoneConfig[] {
  const zones = Object.values(config.zones);
  const others = zones.filter(({ mode }) => mode === 'offline-ksk');
  if (others.length > 0)
    note(io, `left out, since their ZSK signs elsewhere (mode: offline-ksk): ${others.map(({ name }) => name).join(', ')}`);
  return zones.filter(({ mode }) => mode === 'full');
}

/** Those that the interrupted run did not come to; what it refused is not tried again. */
function remainingZones({ state, config, artifacts }: Session): readonly ZoneConfig[] {
  const { batch } = state;
  if (batch === undefined || batch.ended) {
    throw new Refusal(
      'workspace/nothing-to-resume',
      batch === undefined ? 'no run over many zones is in the log' : 'the last run over many zones came to its end',
      'begin a new one with coldsign zone sign --all, or --all --due',
    );
  }
  return unfinished(batch, artifacts)
    .filter((name) => batch.released[name] === undefined && config.zones[name] !== undefined)
    .map((name) => config.zones[name]!);
}

/** Released before the interruption, and the run did not come to note it: signing them once more would be a second release of the same data. */
function releasedZones({ state: { batch }, artifacts }: Session): readonly string[] {
  return batch === undefined ? [] : unfinished(batch, artifacts).filter((name) => batch.released[name] !== undefined);
}

function unfinished({ zones, finished }: Batch, artifacts: ArtifactStore): readonly string[] {
  const names: readonly string[] = isReference(zones) ? (JSON.parse(artifacts.get(zones).toString('utf8')) as string[]) : zones;
  return names.filter((name) => finished[name] === undefined);
}

/** A run that is resumed stays the same run. What was released in it before the interruption, and not yet noted, is noted now. */
export function beginBatch(session: Session, zones: readonly ZoneConfig[], resume: boolean): void {
  if (resume) {
    for (const zone of releasedZones(session)) session.append('batch.zone', { zone, outcome: 'done' });
    return;
  }
  const names = zones.map(({ name }) => name);
  const text = JSON.stringify(names);
  const inline = text.length <= INLINE_OCTETS;
  session.append('batch.begun', { zones: inline ? names : session.artifacts.put(new TextEncoder().encode(text), 'zones.json') });
}

/**
 * The summary of the whole run: of one that was resumed also what came of the zones before the interruption, which nobody was told.
 * @returns exit status: 3 if a zone failed, 1 if one was refused
 */
export function finishBatch(session: Session, outcomes: readonly ZoneOutcome[], { json }: { json: boolean }, io: Io): number {
  const finished = Object.entries(session.state.batch?.finished ?? {});
  const count = (wanted: ZoneOutcome['outcome']): number => finished.filter(([, outcome]) => outcome === wanted).length;
  const counts: EntryData['batch.ended'] = { done: count('done'), refused: count('refused'), failed: count('failed') };
  const earlier = finished.filter(([name]) => !outcomes.some(({ zone }) => zone === name)).map(([zone, outcome]) => ({ zone, outcome }));
  session.append('batch.ended', counts);
  io.out.write(
    json ? `${JSON.stringify({ ...counts, zones: [...earlier, ...outcomes] }, undefined, 2)}\n` : summary(earlier, outcomes, counts),
  );
  if (counts.failed > 0) return 3;
  return counts.refused > 0 ? 1 : 0;
}

/** A zone that was finished before the run was interrupted. */
type EarlierOutcome = Pick<ZoneOutcome, 'zone' | 'outcome'>;

function summary(
  earlier: readonly EarlierOutcome[],
  outcomes: readonly ZoneOutcome[],
  { done, refused, failed }: EntryData['batch.ended'],
): string {
  const before = earlier.flatMap(({ zone, outcome }) =>
    outcome === 'done'
      ? [`${zone} was released before the interruption`]
      : [`${zone} ${outcome.toUpperCase()} before the interruption`, `  next: coldsign zone sign ${zone} tells why`],
  );
  const lines = outcomes.flatMap((o) =>
    o.outcome === 'done'
      ? [`${o.zone} serial ${o.serial} released${o.isUnsigned ? ' UNSIGNED' : `, ${o.signatures} signatures made`}`]
      : [`${o.zone} ${o.outcome.toUpperCase()} ${o.code}: ${o.text}`, `  next: ${o.hint}`],
  );
  const all = earlier.length + outcomes.length;
  const total = `${all} ${all === 1 ? 'zone' : 'zones'}: ${done} released, ${refused} refused, ${failed} failed`;
  return `${[...before, ...lines, total].join('\n')}\n`;
}

function isReference(zones: readonly string[] | ArtifactRef): zones is ArtifactRef {
  return !Array.isArray(zones);
}
