import { Fault, Refusal } from '../../signer/errors.ts';
import type { EntryData, LoggedRelease, LoggedVerdict } from '../audit/entry.ts';
import { isoText } from '../config/time-text.ts';
import { stepEntry } from '../rollover/release-step.ts';
import type { NewData, Session } from '../workspace/session.ts';
import type { ReleaseHead, WrittenBundle } from './bundle.ts';
import type { GateOutcome } from './gate-types.ts';
import { inputFiles, loggedInput } from './input-files.ts';
import type { ReleaseDraft, ReleaseWish } from './make-release.ts';
import { negativeTtl } from './negative-ttl.ts';
import { publishRelease, refuseExisting } from './release-folder.ts';

/** Characters of a sentence that an entry takes; the reports have it whole. */
const TEXT_LIMIT = 400;

/** A release that has passed the gate, on its way into its place. */
export interface Placement {
  readonly session: Session;
  readonly draft: ReleaseDraft;
  readonly wish: ReleaseWish;
  readonly gate: GateOutcome;
  readonly staging: string;
  /** seq of the step of a rollover that it carries out. */
  readonly roll?: number;
}

/** Before the intent of a release: of an act that cannot be done none is announced. @throws Refusal release/exists; Fault release/changed-on-disk */
export function refuseUnplaceable({ session, draft, gate }: Placement, written: { readonly sha256: string }): void {
  if (gate.signed.sha256 !== written.sha256) {
    throw new Fault(
      'release/changed-on-disk',
      `the zone was written with the sha256 ${written.sha256} and read with ${gate.signed.sha256}`,
      'do not trust this disk; sign again on another one',
    );
  }
  refuseExisting(session.paths, draft.apex, draft.prepared.serial);
}

export function headOfRelease({ state, now, log }: Session, { apex, zone, prepared, previous }: ReleaseDraft): ReleaseHead {
  return {
    apex,
    zone: zone.name,
    serial: prepared.serial,
    created: isoText(now),
    mode: state.mode,
    log: log.size,
    previous: previous === undefined ? undefined : { serial: previous.release.serial, sha256: previous.release.manifest },
  };
}

/** What a release is in the log, whatever it is made of. */
export type LoggedParts = Pick<LoggedRelease, 'kind' | 'validFrom' | 'validUntil' | 'refreshAt' | 'keyTags' | 'policy' | 'cds'>;

/**
 * Intent, rename, result. A way back leaves the source as it is: it is due when it differs from what it was at the last release from it, not from
 * the earlier release.
 * @returns the folder of the release
 */
export function placeRelease(
  { session, draft, wish, gate, staging, roll }: Placement,
  bundle: WrittenBundle,
  { kind, cds, ...parts }: LoggedParts,
): string {
  const { apex, zone, prepared, previous, signing, times, step } = draft;
  const { artifacts } = session;
  const { serial } = prepared;
  artifacts.put(new TextEncoder().encode(bundle.manifest), 'MANIFEST');
  const release: LoggedRelease = {
    ...(kind === undefined ? {} : { kind }),
    zone: zone.name,
    serial,
    manifest: bundle.sha256,
    signed: gate.signed.sha256,
    ...loggedInput(artifacts, wish.source === undefined || previous === undefined ? draft.files : inputFiles(artifacts, previous.release)),
    ...parts,
    records: gate.signed.records,
    ...(cds === undefined ? {} : { cds }),
    version: {
      made: step.made,
      keyTtl: signing.dnskeyTtl,
      signatureTtl: Math.max(times.largestTtl, signing.dnskeyTtl),
      negativeTtl: negativeTtl(prepared.zone),
      isSigned: kind === undefined,
    },
    ...(roll === undefined ? {} : { roll }),
  };
  const intent = session.appendAll([
    ['gate.passed', { zone: zone.name, serial, verdicts: loggedVerdicts(gate) }],
    ...exceptions(draft, wish, gate),
    ['release.intent', { release, folder: `${zone.name} ${serial}` }],
  ]);
  const folder = publishRelease(session.paths, apex, serial, staging);
  session.append('release.result', { intent, zone: zone.name, serial });
  return folder;
}

/** The refusal of a zone that did not pass, in the log already. */
export function refuseRelease(session: Session, { zone, prepared }: ReleaseDraft, gate: GateOutcome): Refusal {
  session.append('gate.refused', { zone: zone.name, serial: prepared.serial, verdicts: loggedVerdicts(gate) });
  const failed = gate.verdicts.filter(({ verdict }) => verdict === 'fail');
  const lines = failed.map(({ rule, text }) => `${rule}: ${text}`).join('; ');
  return new Refusal(
    'gate/refused',
    `${zone.name} ${prepared.serial} did not pass the gate, and no release was made: ${lines}`,
    'mend the zone or the policy; a rule that the policy marks overridable passes with --override RULE --reason TEXT',
  );
}

/** @returns seq of the step of a rollover that goes with the release, where there is one */
export function announceStep(
  session: Session,
  { zone, step: { started, moves, change } }: Pick<ReleaseDraft, 'zone' | 'step'>,
): number | undefined {
  if (started !== undefined) session.append('roll.started', started);
  if (moves === undefined || change === undefined) return undefined;
  return session.append('roll.step.intent', stepEntry(zone.name, moves, change));
}

/** The step of a release that was not made has changed nothing. Where a release was announced, what is on the disk decides, with the next command. */
export function abandonStep(session: Session, roll: number, { zone, prepared }: ReleaseDraft): void {
  const isAnnounced = Object.values(session.state.intents).some(
    ({ type, data }) => type === 'release.intent' && (data as EntryData['release.intent']).release.roll === roll,
  );
  if (isAnnounced || session.state.intents[roll] === undefined) return;
  session.append('intent.resolved', {
    intent: roll,
    outcome: 'abandoned',
    found: `no release of ${zone.name} ${prepared.serial} was made; its keys are as they were`,
  });
}

function loggedVerdicts(gate: GateOutcome): readonly LoggedVerdict[] {
  return gate.verdicts.map(({ rule, verdict, text }) => ({ rule, verdict, text: text.slice(0, TEXT_LIMIT) }));
}

function exceptions({ zone, prepared }: ReleaseDraft, { overrides, source }: ReleaseWish, gate: GateOutcome): NewData[] {
  const { serial } = prepared;
  const opened = (rule: string, reason: string, text: string): NewData => [
    'exception.opened',
    { rule, zone: zone.name, serial, reason, text: text.slice(0, TEXT_LIMIT) },
  ];
  return [
    ...gate.verdicts
      .filter(({ verdict }) => verdict === 'overridden')
      .map(({ rule, text }) => opened(rule, [...overrides].find(([name]) => name === rule)?.[1] ?? '', text)),
    ...(source === undefined ? [] : [opened('rollback', source.reason, `data of release ${source.release} released again as ${serial}`)]),
  ];
}
