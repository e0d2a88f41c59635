import { TYPE } from '../../signer/dns/rrtype.ts';
import { Refusal } from '../../signer/errors.ts';
import { packJobs } from '../../signer/pack-jobs.ts';
import { isKeyTarget, type SigningPlan, typeOfTarget } from '../../signer/plan-data.ts';
import type { LoggedKey } from '../audit/entry.ts';
import { note } from '../io.ts';
import { factsName } from '../state/state.ts';
import { nameInHistory } from '../workspace/key-tags.ts';
import type { NewData, Session } from '../workspace/session.ts';
import { digestOf, placesOf, proveOnReplicas, type ReplicaReport } from './prove.ts';

/**
 * Until a key is published, whatever was proved before, and when its role has got another token or a restored key since: every token signs a
 * random challenge and the DNSKEY RRset that is about to be published, and all is verified under the one DNSKEY. Tokens that have different
 * keys of one name, label and tag look alike until half of the signatures are bogus.
 * @throws Refusal key/replicas-differ; key/replica-missing where a token cannot answer for a key that was never published
 */
export async function proveBeforePublication(session: Session, zone: string, plan: SigningPlan): Promise<void> {
  const { keys = [], releases = [] } = session.state.zones[zone] ?? {};
  const planned = new Set(plan.keys.map(({ key }) => Buffer.from(key.dnskey).toString('base64')));
  const proofs: NewData[] = [];
  for (const key of keys.filter(({ dnskey }) => planned.has(dnskey))) {
    const isPublished = releases.some(({ keyTags }) => keyTags.includes(key.keyTag));
    if (isPublished && isProved(session, key)) continue;
    const data = plannedRrset(plan, key);
    const report = await proveOnReplicas(session, key, data);
    if (report.missing.length === 0) proofs.push(proofEntry(report, data));
    else if (isPublished) note(session.io, `warning: ${missingText(report)}; it was published before, and is used`);
    else throw refuseMissing(report);
  }
  if (proofs.length > 0) session.appendAll(proofs);
}

/** The log's word for what {@link proveOnReplicas} found. */
export function proofEntry({ key, proved, places }: ReplicaReport, data: Uint8Array | undefined): NewData {
  const { zone, keyTag, id } = key;
  return ['key.proved', { key: { zone, keyTag, id }, tokens: proved, places, ...(data === undefined ? {} : { rrset: digestOf(data) }) }];
}

export function missingText({ key, missing }: ReplicaReport): string {
  return `${nameInHistory(key)} is not proved on every token for ${key.token}: ${missing.map(({ name, why }) => `${name}: ${why}`).join('; ')}`;
}

/** The proof is of the very places that the configuration names now, and the key was put on no token since. */
function isProved(session: Session, key: LoggedKey): boolean {
  const { zones, bulk } = session.state;
  const { proved, restored = [] } = zones[key.zone]?.facts[factsName(key)] ?? {};
  if (proved?.places === undefined || proved.places !== placesOf(session, key)) return false;
  // Which keys a restoration of many was of stands beside the log: to prove once more costs less than to read that for each zone.
  return [...restored, ...bulk.filter(({ type }) => type === 'key.restored')].every(({ time }) => time < proved.time);
}

/**
 * The octets that the key signs when it signs the DNSKEY RRset of the plan. A ZSK does not sign it in the zone; here it does, in the place of the
 * key that is planned for it: algorithm and key tag are its own.
 */
function plannedRrset(plan: SigningPlan, { algorithm, keyTag }: LoggedKey): Uint8Array {
  const { jobs, zone, denial } = plan;
  const isWanted = (j: number): boolean =>
    isKeyTarget(zone, jobs.target[j]!) && typeOfTarget(zone, denial, jobs.target[j]!) === TYPE.DNSKEY;
  let job = 0;
  while (job < jobs.count && !isWanted(job)) job++;
  if (job === jobs.count) throw new RangeError('the plan has no DNSKEY RRset to sign');
  const data = packJobs(plan, [job]).bytes.slice();
  data[ALGORITHM_AT] = algorithm;
  new DataView(data.buffer).setUint16(KEY_TAG_AT, keyTag);
  return data;
}

/** In RRSIG RDATA: type(2) algorithm(1) labels(1) TTL(4) expiration(4) inception(4) key tag(2) (RFC 4034 3.1). */
const ALGORITHM_AT = 2;
const KEY_TAG_AT = 16;

function refuseMissing(report: ReplicaReport): Refusal {
  return new Refusal(
    'key/replica-missing',
    `${missingText(report)}; it was never published, and is not published before every token has signed with it`,
    'connect the token, or bring the key there (key backup and key restore, or the way of the vendor), then sign again; or take the token out of coldsign.yaml: coldsign policy apply',
  );
}
