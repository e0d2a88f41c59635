import { parseName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { SigningPolicy } from '../../signer/policy.ts';
import type { Zone } from '../../signer/zone/zone.ts';
import type { Policy, ZoneConfig } from '../config/config.ts';
import type { ZoneTimes } from '../config/sign-policy.ts';
import { effectivePolicy, withRegistry } from '../policy/effective.ts';
import type { Stopwatch } from '../print/stopwatch.ts';
import { type ReleaseStep, stepOfSigning } from '../rollover/release-step.ts';
import { readUnsignedZone, type UnsignedZone, zoneTimes } from '../sign/inputs.ts';
import type { RecordingOpener } from '../workspace/artifacts.ts';
import type { Session } from '../workspace/session.ts';
import { type CurrentZone, currentZone } from './current-zone.ts';
import { checkOverrides } from './gate.ts';
import type { ReleaseWish } from './make-release.ts';
import { inputZone, preservationDigest } from './preservation.ts';

/** What a release is made from, signed or not, before anything is made of it. */
export interface ReleaseInput {
  readonly zone: ZoneConfig;
  readonly apex: WireName;
  readonly policy: Policy;
  readonly signing: SigningPolicy;
  readonly times: ZoneTimes;
  readonly file: string;
  readonly read: UnsignedZone;
  /** The data as it was read, without what is the signer's. */
  readonly data: Zone;
  readonly dataDigest: string;
  readonly previous: CurrentZone | undefined;
  readonly step: ReleaseStep;
  /** Runs what may refuse the source; a refusal is in the log then, since somebody brought it in. */
  rejecting<T>(use: () => T): T;
}

/** @throws Refusal sign/offline-ksk, gate/not-overridable, zone/…, release/changed, key/none, roll/… */
export function readSource(
  session: Session,
  { zone, overrides, source, step }: ReleaseWish,
  recording: RecordingOpener,
  watch: Stopwatch,
): ReleaseInput {
  const { io, config } = session;
  const apex = parseName(zone.name);
  const policy = withRegistry(config.policies[zone.policy]!, config.registries[zone.registry ?? '']);
  refuseMode(zone);
  checkOverrides(policy, overrides);
  const file = source?.file ?? zone.source;
  const rejecting = <T>(use: () => T): T => logRejection(session, zone, file, use);
  const read = rejecting(() => watch.time('read', () => readUnsignedZone(file, apex, recording.open, io)));
  const previous = watch.time('previous', () => currentZone(session, apex, zone.name));
  const times = zoneTimes(read.store);
  const signing = {
    ...effectivePolicy(policy, config.registries[zone.registry ?? ''], times),
    ...(source === undefined ? {} : { serial: source.serial }),
  };
  const data = watch.time('preserve', () => inputZone(read.store, apex));
  const dataDigest = watch.time('preserve', () => preservationDigest(data));
  const asked = step ?? stepOfSigning(session, zone);
  return { zone, apex, policy, signing, times, file, read, data, dataDigest, previous, step: asked, rejecting };
}

function logRejection<T>(session: Session, { name }: ZoneConfig, file: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof Refusal)
      session.append('input.rejected', { zone: name, code: error.code, text: `${file}: ${error.message}`.slice(0, 1000) });
    throw error;
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
