import { join } from 'node:path';
import { prepareZone } from '../../signer/prepare.ts';
import { isoText } from '../config/time-text.ts';
import type { Stopwatch } from '../print/stopwatch.ts';
import { refuseUnsignable } from '../sign/gate.ts';
import { policyDigest } from '../state/policy-digest.ts';
import type { RecordingOpener } from '../workspace/artifacts.ts';
import type { Session } from '../workspace/session.ts';
import { writeUnsignedBundle } from './bundle.ts';
import { acceptedInput } from './input-files.ts';
import type { MadeUnsigned, ReleaseDraft, ReleaseWish } from './make-release.ts';
import { RELEASE_FILES } from './manifest.ts';
import {
  abandonStep,
  announceStep,
  headOfRelease,
  type Placement,
  placeRelease,
  refuseRelease,
  refuseUnplaceable,
} from './place-release.ts';
import type { ReleaseInput } from './read-source.ts';
import { clearStaging, stagingFolder } from './release-folder.ts';
import { UNSIGNED } from './signature-times.ts';
import { writeUnsignedFile } from './unsigned-file.ts';
import { runUnsignedGate } from './unsigned-gate.ts';
import { unsignedReport } from './unsigned-report.ts';

/** The release of a zone without signatures: draft → zone file → gate → release. It needs no token but for MANIFEST. */
export async function makeUnsigned(
  session: Session,
  wish: ReleaseWish,
  input: ReleaseInput,
  recording: RecordingOpener,
  watch: Stopwatch,
): Promise<MadeUnsigned> {
  const draft = draftUnsigned(session, input, recording, watch);
  const { apex, zone, prepared, files } = draft;
  const roll = announceStep(session, draft);
  session.appendAll(acceptedInput(zone.name, files, prepared.inputSerial));
  const staging = stagingFolder(session.paths, apex, prepared.serial);
  try {
    const file = join(staging, RELEASE_FILES.unsigned);
    const written = watch.time('write', () => writeUnsignedFile(prepared.zone, file));
    const gate = await watch.wait('gate', judge(file, session, draft, wish));
    if (!gate.passed) throw refuseRelease(session, draft, gate);
    const placement: Placement = { session, draft, wish, gate, staging, ...(roll === undefined ? {} : { roll }) };
    refuseUnplaceable(placement, written);
    const bundle = await writeUnsignedBundle(staging, { ...headOfRelease(session, draft), gate }, session.signer);
    const folder = placeRelease(placement, bundle, loggedParts(session, draft));
    return { kind: 'unsigned', folder, report: unsignedReport(draft, written, session.now, watch.seconds()), gate };
  } catch (error) {
    if (roll !== undefined) abandonStep(session, roll, draft);
    throw error;
  } finally {
    clearStaging(session.paths, apex, prepared.serial);
  }
}

/** Whatever signing would add, or the source has of it, is not in the zone; NSEC3PARAM and ZONEMD come with no policy. */
function draftUnsigned(session: Session, input: ReleaseInput, recording: RecordingOpener, watch: Stopwatch): ReleaseDraft {
  const { now, io } = session;
  const { apex, signing, file, read, previous, rejecting } = input;
  const policy = { ...signing, denial: { kind: 'nsec' } as const, zonemd: [] };
  const toPrepare = { store: read.store, apex, keys: [], published: [], policy, cdsSet: { kind: 'none' } as const, now };
  const prepared = rejecting(() => watch.time('sort', () => prepareZone({ ...toPrepare, previousSerial: previous?.serial })));
  const findings = rejecting(() => watch.time('check', () => refuseUnsignable(prepared.zone, read.store, read.findings, file, io)));
  return { ...input, files: recording.keep(), prepared, findings };
}

function judge(file: string, session: Session, draft: ReleaseDraft, { overrides, judges }: ReleaseWish) {
  const { apex, zone, prepared, data, dataDigest, previous, policy, findings } = draft;
  return runUnsignedGate({
    apex,
    origin: zone.name,
    serial: prepared.serial,
    now: session.now,
    file,
    input: data,
    inputDigest: dataDigest,
    isTimeGiven: session.isTimeGiven,
    previous,
    policy,
    findings,
    overrides,
    judges,
    io: session.io,
  });
}

function loggedParts({ now }: Session, { policy }: ReleaseDraft) {
  return {
    kind: 'unsigned',
    validFrom: isoText(now),
    validUntil: UNSIGNED,
    refreshAt: UNSIGNED,
    keyTags: [],
    policy: policyDigest(policy),
    cds: { kind: 'none' },
  } as const;
}
