import { contentsOf } from '../../keystore/rollover/contents.ts';
import { isPresent } from '../../keystore/rollover/model.ts';
import { isoText } from '../config/time-text.ts';
import { lifeNeeded } from '../policy/effective.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import type { SignReport } from '../sign/report.ts';
import { policyDigest } from '../state/policy-digest.ts';
import type { Session } from '../workspace/session.ts';
import { writeBundle } from './bundle.ts';
import type { GateResult } from './gate-types.ts';
import type { SignedDraft } from './make-release.ts';
import { headOfRelease, type LoggedParts, type Placement, placeRelease, refuseUnplaceable } from './place-release.ts';

export interface Publication extends Placement {
  readonly draft: SignedDraft;
  readonly report: SignReport;
  readonly gate: GateResult;
}

/**
 * What passed the gate becomes a release: reports and MANIFEST beside the zone, intent, rename, result.
 * @returns the folder of the release
 */
export async function publish(publication: Publication): Promise<string> {
  const { session, draft, report, gate, staging } = publication;
  refuseUnplaceable(publication, report.output);
  const parts = {
    ...headOfRelease(session, draft),
    gate,
    signReport: report,
    expected: draft.expected,
    ...dsKeysOf(session, draft),
    dsDigestTypes: draft.policy.cdsDigestTypes,
  };
  return placeRelease(publication, await writeBundle(staging, parts, session.signer), loggedParts(publication));
}

/**
 * Before the parent was first asked for a DS there is nothing that could be contradicted: then the file names what it will be. A zone that goes
 * insecure is to have none.
 */
function dsKeysOf({ state }: Session, { zone, step }: SignedDraft): { readonly dsKeys?: readonly string[] } {
  const names = new Set(step.zone.keys.filter((key) => isPresent(key, 'ds')).map(({ name }) => name));
  if (names.size === 0 && step.zone.parent.request === undefined) return {};
  return { dsKeys: state.zones[zone.name]!.keys.filter((key) => names.has(nameOfKey(key))).map(({ dnskey }) => dnskey) };
}

function loggedParts({ draft: { used, policy, times, step }, gate: { signed } }: Publication): LoggedParts {
  const { validFrom = 0, validUntil = 0 } = signed;
  return {
    validFrom: isoText(validFrom),
    validUntil: isoText(validUntil),
    refreshAt: isoText(Math.max(0, validUntil - lifeNeeded(policy, times))),
    keyTags: used.map(({ key }) => key.keyTag),
    policy: policyDigest(policy),
    cds: contentsOf(step.zone, { cds: policy.cdsCdnskeyPublish }).cds,
  };
}
