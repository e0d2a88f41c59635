import { join } from 'node:path';
import { parseName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Finding } from '../../signer/finding.ts';
import { planSigning } from '../../signer/plan.ts';
import type { SigningPlan } from '../../signer/plan-data.ts';
import type { SerialPolicy, SigningPolicy } from '../../signer/policy.ts';
import { type PreparedZone, prepareZone } from '../../signer/prepare.ts';
import { newSignedZone, type SignatureCheck } from '../../signer/sign.ts';
import type { Zone } from '../../signer/zone/zone.ts';
import { checkKeySet, isLost, type ZoneKey } from '../../signer/zone-key.ts';
import type { ArtifactRef, EntryData } from '../audit/entry.ts';
import { refuseUnproven } from '../backup/unproven.ts';
import type { OverridableRule, Policy, ZoneConfig } from '../config/config.ts';
import type { ZoneTimes } from '../config/sign-policy.ts';
import { note } from '../io.ts';
import { effectivePolicy, withRegistry } from '../policy/effective.ts';
import { Stopwatch } from '../print/stopwatch.ts';
import { proveBeforePublication } from '../replicas/before-publication.ts';
import { type ReleaseStep, stepEntry, stepOfSigning } from '../rollover/release-step.ts';
import { rollRulesOf } from '../rollover/roll-rules.ts';
import { refuseUnsignable } from '../sign/gate.ts';
import { readUnsignedZone, zoneTimes } from '../sign/inputs.ts';
import { writeSigned } from '../sign/output.ts';
import { progressFolder, SigningProgress } from '../sign/progress/progress.ts';
import { type SignReport, signReport, warnings } from '../sign/report.ts';
import type { Session } from '../workspace/session.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';
import { type CurrentZone, currentZone } from './current-zone.ts';
import type { ExpectedForms } from './expected-forms.ts';
import { checkOverrides, type JudgePanel, runGate } from './gate.ts';
import type { GateResult } from './gate-types.ts';
import { acceptedInput } from './input-files.ts';
import { RELEASE_FILES } from './manifest.ts';
import { planDigest } from './plan-digest.ts';
import { inputZone, preservationDigest } from './preservation.ts';
import { publish, refuseRelease } from './publish.ts';
import { clearStaging, stagingFolder } from './release-folder.ts';
import { keysOfRelease, openKeys, type UsedKey } from './workspace-keys.ts';

export interface ReleaseWish {
  readonly zone: ZoneConfig;
  /** Rule → reason. */
  readonly overrides: ReadonlyMap<OverridableRule, string>;
  readonly judges: JudgePanel;
  /** What the zone is read from, in place of its source. */
  readonly source?: ReleaseSource;
  /** Step of a rollover that this release carries out; absent: the keys stay as they are. */
  readonly step?: ReleaseStep;
}

/** An earlier release as the source, for the way back. */
export interface ReleaseSource {
  readonly file: string;
  /** In place of the policy's. */
  readonly serial: SerialPolicy;
  /** Serial of that release, and why. */
  readonly release: number;
  readonly reason: string;
}

export interface MadeRelease {
  readonly folder: string;
  readonly report: SignReport;
  readonly gate: GateResult;
}

/**
 * The sign path of a workspace: source → zone → plan → intent → signatures → gate → release. Each step has its entry in the log before the next
 * begins; a zone that is refused leaves everything as it was.
 * @throws Refusal zone/…, sign/…, key/…, gate/refused; Fault token/…, file/…, audit/…
 */
export async function makeRelease(session: Session, wish: ReleaseWish): Promise<MadeRelease> {
  const watch = new Stopwatch();
  const decided = await draftRelease(session, wish, watch);
  using progress = watch.time('resume', () => progressOf(session, decided));
  const draft = { ...decided, plan: progress.plan };
  await watch.wait('prove', proveBeforePublication(session, draft.zone.name, draft.plan));
  const { intent, roll } = announce(session, draft);
  await session.checkpoint();
  const staging = stagingFolder(session.paths, draft.apex, draft.prepared.serial);
  try {
    const report = await signInto(staging, session, draft, intent, progress, watch);
    const gate = await watch.wait('gate', judge(staging, session, draft, wish));
    if (!gate.passed) throw refuseRelease(session, draft, gate);
    const folder = await publish({ session, draft, wish, report, gate, staging, ...(roll === undefined ? {} : { roll }) });
    progress.released();
    return { folder, report, gate };
  } catch (error) {
    if (roll !== undefined) abandonStep(session, roll, draft);
    throw error;
  } finally {
    clearStaging(session.paths, draft.apex, draft.prepared.serial);
  }
}

/** The step of a release that was not made has changed nothing. Where a release was announced, what is on the disk decides, with the next command. */
function abandonStep(session: Session, roll: number, { zone, prepared }: ReleaseDraft): void {
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

/** Everything that is decided before the first signature. */
export interface ReleaseDraft {
  readonly zone: ZoneConfig;
  readonly apex: WireName;
  readonly policy: Policy;
  readonly signing: SigningPolicy;
  readonly times: ZoneTimes;
  readonly files: readonly ArtifactRef[];
  /** The data as it was read, without what is the signer's. */
  readonly data: Zone;
  readonly dataDigest: string;
  readonly keys: readonly ZoneKey[];
  /** The same in the words of the log. */
  readonly used: readonly UsedKey[];
  readonly step: ReleaseStep;
  readonly expected: ExpectedForms;
  readonly previous: CurrentZone | undefined;
  readonly prepared: PreparedZone;
  readonly findings: readonly Finding[];
  readonly plan: SigningPlan;
}

async function draftRelease(
  session: Session,
  { zone, overrides, source, step: wanted }: ReleaseWish,
  watch: Stopwatch,
): Promise<ReleaseDraft> {
  const { now, io, config } = session;
  const apex = parseName(zone.name);
  const policy = withRegistry(config.policies[zone.policy]!, config.registries[zone.registry ?? '']);
  refuseMode(zone);
  checkOverrides(policy, overrides);
  using recording = session.artifacts.recording(zoneFileOpener(), session.paths.root);
  const file = source?.file ?? zone.source;
  const rejecting = <T>(use: () => T): T => logRejection(session, zone, file, use);
  const input = rejecting(() => watch.time('read', () => readUnsignedZone(file, apex, recording.open, io)));
  const previous = watch.time('previous', () => currentZone(session, apex, zone.name));
  const step = wanted ?? stepOfSigning(session, zone);
  const { keys: logged } = session.state.zones[zone.name]!;
  const planned = keysOfRelease(zone.name, logged, step.zone, rollRulesOf(config, zone));
  const { keys: used, foreign, cds: cdsSet, expected, allowIncompleteAlgorithms } = planned;
  const keys = await watch.wait('keys', openKeys(session, used));
  checkKeySet(keys, foreign, { allowIncompleteAlgorithms });
  refuseUnproven(
    session,
    zone.name,
    policy,
    keys.filter((key) => !isLost(key)),
  );
  const times = zoneTimes(input.store);
  const signing = {
    ...effectivePolicy(policy, config.registries[zone.registry ?? ''], times),
    ...(source === undefined ? {} : { serial: source.serial }),
  };
  const data = watch.time('preserve', () => inputZone(input.store, apex));
  const dataDigest = watch.time('preserve', () => preservationDigest(data));
  const toPrepare = { store: input.store, apex, keys, published: foreign, policy: signing, cdsSet, now, previousSerial: previous?.serial };
  const prepared = rejecting(() => watch.time('sort', () => prepareZone(toPrepare)));
  const findings = rejecting(() => watch.time('check', () => refuseUnsignable(prepared.zone, input.store, input.findings, file, io)));
  const plan = watch.time('plan', () => planSigning({ zone: prepared.zone, keys, policy: signing, now, previous: previous?.zone }));
  const read = { times, files: recording.keep(), data, dataDigest, previous, prepared, findings };
  return { zone, apex, policy, signing, ...read, keys, used, step, expected, plan };
}

/** A source that cannot be signed is in the log as well: somebody brought it in. */
function logRejection<T>(session: Session, { name }: ZoneConfig, file: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof Refusal)
      session.append('input.rejected', { zone: name, code: error.code, text: `${file}: ${error.message}`.slice(0, 1000) });
    throw error;
  }
}

/** @returns seq of the intent, and that of the step that goes with it */
function announce(session: Session, draft: ReleaseDraft): { readonly intent: number; readonly roll?: number } {
  const { zone, files, prepared, plan, used, previous, step } = draft;
  const { started, moves, change } = step;
  if (started !== undefined) session.append('roll.started', started);
  const roll =
    moves === undefined || change === undefined ? undefined : session.append('roll.step.intent', stepEntry(zone.name, moves, change));
  const intent = session.appendAll([
    ...acceptedInput(zone.name, files, prepared.inputSerial),
    [
      'sign.intent',
      {
        zone: zone.name,
        serial: prepared.serial,
        signatures: plan.jobs.count,
        plan: planDigest(plan),
        keyTags: used.map(({ key }) => key.keyTag),
        ...(previous === undefined ? {} : { previous: previous.serial }),
      },
    ],
  ]);
  return { intent, ...(roll === undefined ? {} : { roll }) };
}

function progressOf({ paths, io }: Session, { plan, apex }: ReleaseDraft): SigningProgress {
  return new SigningProgress(plan, progressFolder(paths, apex), io);
}

async function signInto(
  staging: string,
  session: Session,
  draft: ReleaseDraft,
  intent: number,
  progress: SigningProgress,
  watch: Stopwatch,
): Promise<SignReport> {
  const { zone, prepared, plan, findings, previous } = draft;
  const signed = newSignedZone(plan);
  const check: SignatureCheck = session.tokens.check;
  const written = await watch.wait(
    'sign',
    writeSigned(signed, check, join(staging, RELEASE_FILES.zone), session.io, (listener) => progress.listen(listener)),
  );
  progress.flush();
  const perKey = plan.keys.map(({ key }, i) => ({ keyTag: key.keyTag, signatures: jobsOfKey(plan, i) }));
  const { made, kept } = written.counts;
  session.append('sign.result', { intent, zone: zone.name, serial: prepared.serial, made, kept, signed: written.sha256, perKey });
  const report = signReport({
    output: RELEASE_FILES.zone,
    verification: 'every-signature',
    now: session.now,
    prepared,
    previousSerial: previous?.serial,
    signed,
    written,
    findings,
    seconds: watch.seconds(),
  });
  for (const text of warnings(report)) note(session.io, text);
  return report;
}

function jobsOfKey({ jobs }: SigningPlan, key: number): number {
  return jobs.key.subarray(0, jobs.count).reduce((sum, k) => sum + (k === key ? 1 : 0), 0);
}

function judge(staging: string, session: Session, draft: ReleaseDraft, { overrides, judges }: ReleaseWish): Promise<GateResult> {
  const { apex, zone, prepared, data, dataDigest, previous, policy, findings, expected } = draft;
  return runGate({
    apex,
    origin: zone.name,
    serial: prepared.serial,
    now: session.now,
    file: join(staging, RELEASE_FILES.zone),
    input: data,
    inputDigest: dataDigest,
    isTimeGiven: session.isTimeGiven,
    previous,
    policy,
    findings,
    expected,
    overrides,
    judges,
    io: session.io,
  });
}

function refuseMode({ name, mode }: ZoneConfig): void {
  if (mode === 'full') return;
  throw new Refusal(
    'sign/offline-ksk',
    `${name} has the mode ${mode}: its ZSK signs elsewhere, and only its keys are signed here`,
    'answer a key signing request, or set mode: full and run coldsign policy apply',
  );
}
