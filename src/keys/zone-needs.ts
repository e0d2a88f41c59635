import { stateOf } from '../../keystore/rollover/model.ts';
import { Refusal } from '../../signer/errors.ts';
import type { EntryData, LoggedKey, LoggedRelease } from '../audit/entry.ts';
import { parseNote } from '../audit/note.ts';
import { isoText } from '../config/time-text.ts';
import { parseManifest } from '../release/manifest.ts';
import { signatureTimesOf } from '../release/signature-times.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { KEPT_RELEASES, type OpenIntent } from '../state/state.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { type GoneAfter, type Need, needsOf, type ReleaseTimes, safeFrom } from './needs.ts';

type Workspace = Pick<ReadWorkspace, 'state' | 'config' | 'artifacts'>;

/** What still needs the key, by log and releases. */
export function needsOfKey(workspace: Workspace, key: LoggedKey): readonly Need[] {
  const { state, config, artifacts } = workspace;
  const releases = (state.zones[key.zone]?.releases ?? []).filter(({ kind }) => kind !== 'catalog');
  return needsOf({
    key,
    releases: releases.map((release) => timesOf(release, artifacts)),
    hasEarlier: releases.length === KEPT_RELEASES,
    isConfigured: config.zones[key.zone] !== undefined,
    otherNeeds: [
      ...Object.values(state.intents).flatMap((intent) => openActs(intent, key)),
      ...otherUses(state, key),
      ...rolloverNeeds(workspace, key),
    ],
    goneAfter: goneAfter(workspace, key.zone),
  });
}

/** @param now unix seconds @throws Refusal key/still-needed */
export function refuseNeeded(workspace: Workspace, key: LoggedKey, now: number): void {
  const needs = needsOfKey(workspace, key).filter(({ until }) => until === undefined || until > now);
  if (needs.length === 0) return;
  const safe = safeFrom(needs);
  const reasons = needs.map(({ reason, until }) => (until === undefined ? reason : `${reason} (until ${isoText(until)})`)).join('; ');
  const when = safe === undefined ? 'there is no moment yet from which on it is not' : `from ${isoText(safe)} on it is not`;
  throw new Refusal(
    'key/still-needed',
    `${key.role.toUpperCase()} ${key.keyTag} of ${key.zone} is still needed: ${reasons}; now is ${isoText(now)}, ${when}`,
    safe === undefined
      ? 'make a release without it first, and wait until caches have forgotten it'
      : `run the command again after ${isoText(safe)}`,
  );
}

/** The manifest of a release is an artifact; it says when the release was made. */
function timesOf(release: LoggedRelease, artifacts: Workspace['artifacts']): ReleaseTimes {
  const { serial, keyTags, manifest } = release;
  const text = artifacts.get({ sha256: manifest, name: 'MANIFEST' }).toString('utf8');
  const created = secondsOf(parseManifest(parseNote(text).text).created);
  // What has no signatures needs no key, from the moment when it is made.
  return { serial, keyTags, created, validUntil: signatureTimesOf(release)?.validUntil ?? created };
}

/** Programs let several zones share a key; it may be the ZSK of one and the KSK of another, for one token may have both roles. */
function otherUses({ zones }: Workspace['state'], { zone, id, label, dnskey }: LoggedKey): string[] {
  const field = (text: string): string => Buffer.from(text, 'base64').subarray(4).toString('hex');
  return Object.values(zones)
    .flatMap(({ keys }) => keys)
    .filter((other) => other.zone !== zone && other.id === id && other.label === label)
    .filter((other) => field(other.dnskey) === field(dnskey))
    .map((other) => `it is also the ${other.role.toUpperCase()} ${other.keyTag} of ${other.zone}`);
}

/**
 * What caches may still have of the key, as its rollover knows. The DS is asked about apart from it; of a zone that is not signed here any more
 * nothing is seen, and the end of its signatures counts.
 */
function rolloverNeeds({ state, config }: Workspace, key: LoggedKey): string[] {
  if (config.zones[key.zone] === undefined) return [];
  const known = zoneRollOf(state, key.zone).keys.find(({ name }) => name === nameOfKey(key));
  const records = (['dnskey', 'krrsig', 'zrrsig'] as const).filter((record) => known !== undefined && stateOf(known, record) !== 'hidden');
  if (known === undefined || records.length === 0) return [];
  const told = records.map((record) => `${RECORD_WORDS[record]} ${stateOf(known, record)}`).join(', ');
  return [`by its rollover caches may have it: ${told}`];
}

const RECORD_WORDS = {
  dnskey: 'its DNSKEY is',
  krrsig: 'its signatures over the keys are',
  zrrsig: 'its signatures over the data are',
} as const;

function openActs({ type, time, data }: OpenIntent, { zone, keyTag, id }: LoggedKey): string[] {
  const told = [`${type.replace('.intent', '')} of ${time} has no result yet`];
  switch (type) {
    case 'sign.intent': {
      const intent = data as EntryData['sign.intent'];
      return intent.zone === zone && intent.keyTags.includes(keyTag) ? told : [];
    }
    case 'release.intent': {
      const { release } = data as EntryData['release.intent'];
      return release.zone === zone && release.keyTags.includes(keyTag) ? told : [];
    }
    case 'key.destroy.intent': {
      const { key } = data as EntryData['key.destroy.intent'];
      return key.zone === zone && key.id === id && key.keyTag === keyTag ? told : [];
    }
    default:
      return [];
  }
}

function goneAfter({ config }: Workspace, zone: string): GoneAfter {
  const named = config.zones[zone]?.policy;
  const policies = named === undefined ? Object.values(config.policies) : [config.policies[named]!];
  const most = (pick: (policy: (typeof policies)[number]) => number): number => Math.max(0, ...policies.map(pick));
  return {
    delivery: most(({ ceremonySlack, zonePropagationDelay }) => ceremonySlack + zonePropagationDelay),
    largestTtl: most(({ zoneMaxTtl, dnskeyTtl }) => Math.max(zoneMaxTtl, dnskeyTtl)),
    safety: most(({ retireSafety }) => retireSafety),
    jitter: most(({ signaturesJitter }) => signaturesJitter),
  };
}

const secondsOf = (iso: string): number => Math.floor(Temporal.Instant.from(iso).epochMilliseconds / 1000);
