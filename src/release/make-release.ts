import { join } from 'node:path';
import { parseName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import { planSigning } from '../../signer/plan.ts';
import { prepareZone } from '../../signer/prepare.ts';
import { newSignedZone } from '../../signer/sign.ts';
import { checkKeySet } from '../../signer/zone-key.ts';
import type { OverridableRule, ZoneConfig } from '../config/config.ts';
import { note } from '../io.ts';
import { effectivePolicy } from '../policy/effective.ts';
import { Stopwatch } from '../print/stopwatch.ts';
import { refuseUnsignable } from '../sign/gate.ts';
import { readUnsignedZone, zoneTimes } from '../sign/inputs.ts';
import { keyChanges } from '../sign/key-change.ts';
import { writeSigned } from '../sign/output.ts';
import { type SignReport, signReport, warnings } from '../sign/report.ts';
import type { Session } from '../workspace/session.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';
import { currentZone } from './current-zone.ts';
import { checkOverrides, type JudgePanel, runGate } from './gate.ts';
import type { GateResult } from './gate-types.ts';
import { RELEASE_FILES } from './manifest.ts';
import { planDigest } from './plan-digest.ts';
import { inputZone, preservationDigest } from './preservation.ts';
import { publish } from './publish.ts';
import { clearStaging, stagingFolder } from './release-folder.ts';
import { zoneKeysOf } from './workspace-keys.ts';

export interface ReleaseWish {
  readonly zone: ZoneConfig;
  /** Rule → reason. */
  readonly overrides: ReadonlyMap<OverridableRule, string>;
  readonly judges: JudgePanel;
  /** What the zone is read from, in place of its source. */
  readonly source?: ReleaseSource;
}

/** Where the data of a release comes from when it is not the zone's source: an earlier release, for the way back. */
export interface ReleaseSource {
  readonly file: string;
  readonly includeRoot: string;
  /** DNSKEY RDATA in base64 of the keys to sign with; all of the zone if absent. */
  readonly keys?: readonly string[];
}

export interface MadeRelease {
  readonly folder: string;
  readonly report: SignReport;
  readonly gate: GateResult;
}

/**
 * The sign path of a workspace: source → zone → plan → intent → signatures → gate → release. Every step leaves its entry before the next begins;
 * a zone that is refused leaves everything as it was.
 * @throws Refusal zone/…, sign/…, key/…, gate/refused; Fault token/…, file/…, audit/…
 */
export async function makeRelease(session: Session, wish: ReleaseWish): Promise<MadeRelease> {
  const { zone } = wish;
  const { now, io } = session;
  const apex = parseName(zone.name);
  const policy = session.config.policies[zone.policy]!;
  const watch = new Stopwatch();
  refuseMode(zone);
  checkOverrides(policy, wish.overrides);
  using recording = session.artifacts.recording(zoneFileOpener(wish.source?.includeRoot), session.paths.root);
  const source = wish.source?.file ?? zone.source;
  const input = watch.time('read', () => readUnsignedZone(source, apex, recording.open, io));
  const previous = watch.time('previous', () => currentZone(session, apex, zone.name));
  const keys = await watch.wait('keys', zoneKeysOf(session, zone.name, wish.source?.keys));
  checkKeySet(keys, []);
  if (previous !== undefined) for (const text of keyChanges(previous.zone, keys, [])) note(io, text);
  const data = watch.time('preserve', () => inputZone(input.store, apex, input.store.count));
  const times = zoneTimes(input.store);
  const signing = effectivePolicy(policy, session.config.registries[zone.registry ?? ''], times, { cdsPending: true });
  const prepared = watch.time('sort', () =>
    prepareZone({ store: input.store, apex, keys, published: [], policy: signing, now, previousSerial: previous?.serial }),
  );
  const findings = watch.time('check', () => refuseUnsignable(prepared.zone, input.store, input.findings, source, io));
  const plan = watch.time('plan', () => planSigning({ zone: prepared.zone, keys, policy: signing, now, previous: previous?.zone }));
  const files = recording.keep();
  const intent = session.appendAll([
    ['input.accepted', { zone: zone.name, files, serial: prepared.inputSerial }],
    [
      'sign.intent',
      {
        zone: zone.name,
        serial: prepared.serial,
        signatures: plan.jobs.count,
        plan: planDigest(plan),
        keyTags: keys.map(({ key }) => key.keyTag),
        ...(previous === undefined ? {} : { previous: previous.serial }),
      },
    ],
  ]);
  await session.checkpoint();
  const staging = stagingFolder(session.paths, apex, prepared.serial);
  const output = join(staging, RELEASE_FILES.zone);
  try {
    const signed = newSignedZone(plan);
    const written = await watch.wait('sign', writeSigned(signed, session.tokens.check, output, io));
    session.append('sign.result', {
      intent,
      zone: zone.name,
      serial: prepared.serial,
      made: written.counts.made,
      kept: written.counts.kept,
      signed: written.sha256,
      perKey: keys.map(({ key }, i) => ({ keyTag: key.keyTag, signatures: countByKey(plan, i) })),
    });
    const seconds = watch.seconds();
    const report = signReport({
      output: RELEASE_FILES.zone,
      verification: 'every-signature',
      now,
      prepared,
      previousSerial: previous?.serial,
      signed,
      written,
      findings,
      seconds,
    });
    for (const text of warnings(report)) note(io, text);
    const gate = await runGate({
      apex,
      origin: zone.name,
      serial: prepared.serial,
      now,
      file: output,
      input: data,
      inputDigest: preservationDigest(data),
      previous,
      ds: undefined,
      policy,
      findings,
      overrides: wish.overrides,
      judges: wish.judges,
      io,
    });
    const folder = await publish({ session, wish, apex, policy, signing, times, report, gate, staging, intent, files, previous, keys });
    return { folder, report, gate };
  } finally {
    clearStaging(session.paths, apex, prepared.serial);
  }
}

function refuseMode({ name, mode }: ZoneConfig): void {
  if (mode === 'full') return;
  throw new Refusal(
    'sign/offline-ksk',
    `${name} has the mode ${mode}: its ZSK signs elsewhere, and only its keys are signed here`,
    'answer a key signing request, or set mode: full and run coldsign policy apply',
  );
}

export type { WireName };
