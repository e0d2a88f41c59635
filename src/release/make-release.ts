import { join } from 'node:path';
import type { Finding } from '../../signer/finding.ts';
import { planSigning } from '../../signer/plan.ts';
import type { SigningPlan } from '../../signer/plan-data.ts';
import type { SerialPolicy } from '../../signer/policy.ts';
import { type PreparedZone, prepareZone } from '../../signer/prepare.ts';
import { newSignedZone, type SignatureCheck } from '../../signer/sign.ts';
import { checkKeySet, isLost, type ZoneKey } from '../../signer/zone-key.ts';
import type { ArtifactRef } from '../audit/entry.ts';
import { refuseUnproven } from '../backup/unproven.ts';
import type { OverridableRule, ZoneConfig } from '../config/config.ts';
import { note } from '../io.ts';
import { Stopwatch } from '../print/stopwatch.ts';
import { proveBeforePublication } from '../replicas/before-publication.ts';
import type { ReleaseStep } from '../rollover/release-step.ts';
import { rollRulesOf } from '../rollover/roll-rules.ts';
import { refuseUnsignable } from '../sign/gate.ts';
import { writeSigned } from '../sign/output.ts';
import { progressFolder, SigningProgress } from '../sign/progress/progress.ts';
import { type SignReport, signReport, warnings } from '../sign/report.ts';
import type { RecordingOpener } from '../workspace/artifacts.ts';
import type { Session } from '../workspace/session.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';
import type { ExpectedForms } from './expected-forms.ts';
import { type JudgePanel, runGate } from './gate.ts';
import type { GateOutcome, GateResult } from './gate-types.ts';
import { acceptedInput } from './input-files.ts';
import { makeUnsigned } from './make-unsigned.ts';
import { RELEASE_FILES } from './manifest.ts';
import { abandonStep, announceStep, refuseRelease } from './place-release.ts';
import { planDigest } from './plan-digest.ts';
import { publish } from './publish.ts';
import { type ReleaseInput, readSource } from './read-source.ts';
import { clearStaging, stagingFolder } from './release-folder.ts';
import type { UnsignedReport } from './unsigned-report.ts';
import { isToBeUnsigned } from './unsigned-step.ts';
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

export type MadeRelease = MadeSigned | MadeUnsigned;

interface MadeSigned {
  readonly kind: 'signed';
  readonly folder: string;
  readonly report: SignReport;
  readonly gate: GateResult;
}

/** Of a zone that has gone insecure. */
export interface MadeUnsigned {
  readonly kind: 'unsigned';
  readonly folder: string;
  readonly report: UnsignedReport;
  readonly gate: GateOutcome;
}

/** Everything that is decided before anything is written. */
export interface ReleaseDraft extends ReleaseInput {
  readonly files: readonly ArtifactRef[];
  readonly prepared: PreparedZone;
  readonly findings: readonly Finding[];
}

/** Everything that is decided before the first signature. */
export interface SignedDraft extends ReleaseDraft {
  readonly keys: readonly ZoneKey[];
  /** The same in the words of the log. */
  readonly used: readonly UsedKey[];
  readonly expected: ExpectedForms;
  readonly plan: SigningPlan;
}

/**
 * From the source of a zone to a release of it: signed with what its rollover says, or without signatures where it has gone insecure. Each step has its
 * entry in the log before the next begins; a zone that is refused leaves everything as it was.
 * @throws Refusal zone/…, sign/…, key/…, roll/unsigned, gate/refused; Fault token/…, file/…, audit/…
 */
export async function makeRelease(session: Session, wish: ReleaseWish): Promise<MadeRelease> {
  const watch = new Stopwatch();
  using recording = session.artifacts.recording(zoneFileOpener(), session.paths.root);
  const input = readSource(session, wish, recording, watch);
  if (isToBeUnsigned(session, input)) return await makeUnsigned(session, wish, input, recording, watch);
  return await makeSigned(session, wish, await draftSigned(session, input, recording, watch), watch);
}

/** Draft → intent → signatures → gate → release. */
async function makeSigned(session: Session, wish: ReleaseWish, decided: SignedDraft, watch: Stopwatch): Promise<MadeSigned> {
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
    return { kind: 'signed', folder, report, gate };
  } catch (error) {
    if (roll !== undefined) abandonStep(session, roll, draft);
    throw error;
  } finally {
    clearStaging(session.paths, draft.apex, draft.prepared.serial);
  }
}

async function draftSigned(session: Session, input: ReleaseInput, recording: RecordingOpener, watch: Stopwatch): Promise<SignedDraft> {
  const { now, io, config } = session;
  const { zone, apex, policy, signing, file, read, previous, step, rejecting } = input;
  const { keys: logged } = session.state.zones[zone.name]!;
  const planned = keysOfRelease(zone.name, logged, step.zone, rollRulesOf(config, zone));
  const { keys: used, foreign, cds: cdsSet, expected, allowIncompleteAlgorithms, allowRevokedAlone } = planned;
  const keys = await watch.wait('keys', openKeys(session, used));
  checkKeySet(keys, foreign, { allowIncompleteAlgorithms, allowRevokedAlone });
  refuseUnproven(
    session,
    zone.name,
    policy,
    keys.filter((key) => !isLost(key)),
  );
  const toPrepare = { store: read.store, apex, keys, published: foreign, policy: signing, cdsSet, now, previousSerial: previous?.serial };
  const prepared = rejecting(() => watch.time('sort', () => prepareZone(toPrepare)));
  const findings = rejecting(() => watch.time('check', () => refuseUnsignable(prepared.zone, read.store, read.findings, file, io)));
  const plan = watch.time('plan', () => planSigning({ zone: prepared.zone, keys, policy: signing, now, previous: previous?.zone }));
  return { ...input, files: recording.keep(), prepared, findings, keys, used, expected, plan };
}

/** @returns seq of the intent, and that of the step that goes with it */
function announce(session: Session, draft: SignedDraft): { readonly intent: number; readonly roll?: number } {
  const { zone, files, prepared, plan, used, previous } = draft;
  const roll = announceStep(session, draft);
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

function progressOf({ paths, io }: Session, { plan, apex }: SignedDraft): SigningProgress {
  return new SigningProgress(plan, progressFolder(paths, apex), io);
}

async function signInto(
  staging: string,
  session: Session,
  draft: SignedDraft,
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

function judge(staging: string, session: Session, draft: SignedDraft, { overrides, judges }: ReleaseWish): Promise<GateResult> {
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
