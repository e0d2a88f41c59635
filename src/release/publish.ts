import { contentsOf } from '../../keystore/rollover/contents.ts';
import { isPresent } from '../../keystore/rollover/model.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { LoggedRelease, LoggedVerdict } from '../audit/entry.ts';
import { isoText } from '../config/time-text.ts';
import { lifeNeeded } from '../policy/effective.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import type { SignReport } from '../sign/report.ts';
import { policyDigest } from '../state/policy-digest.ts';
import type { NewData, Session } from '../workspace/session.ts';
import { writeBundle } from './bundle.ts';
import type { GateResult } from './gate-types.ts';
import { inputFiles, loggedInput } from './input-files.ts';
import type { ReleaseDraft, ReleaseWish } from './make-release.ts';
import { negativeTtl } from './negative-ttl.ts';
import { publishRelease, refuseExisting } from './release-folder.ts';

/** Characters of a sentence that an entry takes; the reports have it whole. */
const TEXT_LIMIT = 400;

export interface Publication {
  readonly session: Session;
  readonly draft: ReleaseDraft;
  readonly wish: ReleaseWish;
  readonly report: SignReport;
  readonly gate: GateResult;
  readonly staging: string;
  /** seq of the step of a rollover that it carries out. */
  readonly roll?: number;
}

/**
 * What passed the gate becomes a release: reports and MANIFEST beside the zone, intent, rename, result.
 * @returns the folder of the release
 */
export async function publish({ session, draft, wish, report, gate, staging, roll }: Publication): Promise<string> {
  const { apex, zone, prepared, previous } = draft;
  if (gate.signed.sha256 !== report.output.sha256) {
    throw new Fault(
      'release/changed-on-disk',
      `the signed zone was written with the sha256 ${report.output.sha256} and read with ${gate.signed.sha256}`,
      'do not trust this disk; sign again on another one',
    );
  }
  // Before the intent: of an act that cannot be done none is announced.
  refuseExisting(session.paths, apex, prepared.serial);
  const { manifest, sha256 } = await writeBundle(
    staging,
    {
      apex,
      zone: zone.name,
      serial: prepared.serial,
      created: isoText(session.now),
      mode: session.state.mode,
      log: session.log.size,
      previous: previous === undefined ? undefined : { serial: previous.release.serial, sha256: previous.release.manifest },
      gate,
      signReport: report,
      expected: draft.expected,
      ...dsKeysOf(session, draft),
      dsDigestTypes: draft.policy.cdsDigestTypes,
    },
    session.signer,
  );
  session.artifacts.put(new TextEncoder().encode(manifest), 'MANIFEST');
  const made = loggedRelease(session, draft, wish, gate, sha256);
  const release = roll === undefined ? made : { ...made, roll };
  const folder = `${zone.name} ${prepared.serial}`;
  const entries: NewData[] = [
    ['gate.passed', { zone: zone.name, serial: prepared.serial, verdicts: loggedVerdicts(gate) }],
    ...exceptions(draft, wish, gate),
    ['release.intent', { release, folder }],
  ];
  const intent = session.appendAll(entries);
  const place = publishRelease(session.paths, apex, prepared.serial, staging);
  session.append('release.result', { intent, zone: zone.name, serial: prepared.serial });
  return place;
}

/**
 * Before the parent was first asked for a DS there is nothing that could be contradicted: then the file names what it will be. A zone that goes
 * insecure is to have none.
 */
function dsKeysOf({ state }: Session, { zone, step }: ReleaseDraft): { readonly dsKeys?: readonly string[] } {
  const names = new Set(step.zone.keys.filter((key) => isPresent(key, 'ds')).map(({ name }) => name));
  if (names.size === 0 && step.zone.parent.request === undefined) return {};
  return { dsKeys: state.zones[zone.name]!.keys.filter((key) => names.has(nameOfKey(key))).map(({ dnskey }) => dnskey) };
}

/** The refusal of a zone that did not pass, in the log already. */
export function refuseRelease(session: Session, { zone, prepared }: ReleaseDraft, gate: GateResult): Refusal {
  session.append('gate.refused', { zone: zone.name, serial: prepared.serial, verdicts: loggedVerdicts(gate) });
  const failed = gate.verdicts.filter(({ verdict }) => verdict === 'fail');
  const lines = failed.map(({ rule, text }) => `${rule}: ${text}`).join('; ');
  return new Refusal(
    'gate/refused',
    `${zone.name} ${prepared.serial} did not pass the gate, and no release was made: ${lines}`,
    'mend the zone or the policy; a rule that the policy marks overridable passes with --override RULE --reason TEXT',
  );
}

function loggedVerdicts(gate: GateResult): readonly LoggedVerdict[] {
  return gate.verdicts.map(({ rule, verdict, text }) => ({ rule, verdict, text: text.slice(0, TEXT_LIMIT) }));
}

function exceptions({ zone, prepared }: ReleaseDraft, { overrides, source }: ReleaseWish, gate: GateResult): NewData[] {
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

/** A way back leaves the source as it is: it is due when it differs from what it was at the last signing from it, not from the earlier release. */
function loggedRelease(
  { artifacts }: Session,
  draft: ReleaseDraft,
  { source }: ReleaseWish,
  { signed }: GateResult,
  manifest: string,
): LoggedRelease {
  const { zone, prepared, files, used, policy, signing, times, previous, step } = draft;
  const { validFrom = 0, validUntil = 0 } = signed;
  return {
    zone: zone.name,
    serial: prepared.serial,
    manifest,
    signed: signed.sha256,
    ...loggedInput(artifacts, source === undefined || previous === undefined ? files : inputFiles(artifacts, previous.release)),
    validFrom: isoText(validFrom),
    validUntil: isoText(validUntil),
    refreshAt: isoText(Math.max(0, validUntil - lifeNeeded(policy, times))),
    keyTags: used.map(({ key }) => key.keyTag),
    policy: policyDigest(policy),
    records: signed.records,
    cds: contentsOf(step.zone, { cds: policy.cdsCdnskeyPublish }).cds,
    version: {
      made: step.made,
      keyTtl: signing.dnskeyTtl,
      signatureTtl: Math.max(times.largestTtl, signing.dnskeyTtl),
      negativeTtl: negativeTtl(prepared.zone),
      isSigned: true,
    },
  };
}
