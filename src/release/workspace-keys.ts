import { openOnFirst } from '../../keystore/replicas/failover.ts';
import { contentsOf } from '../../keystore/rollover/contents.ts';
import { isPresent, type KeyName, type RollKey, type RollRules, type ZoneRoll } from '../../keystore/rollover/model.ts';
import type { CdsSet } from '../../signer/cds-set.ts';
import { Refusal } from '../../signer/errors.ts';
import type { KeyUse, ZoneKey } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import { keySelector } from '../workspace/logged-key.ts';
import type { Session } from '../workspace/session.ts';
import type { ExpectedForms } from './expected-forms.ts';
import { lostKey } from './lost-key.ts';

/** What the keys of a zone do in one version of it, by the states of its rollover. */
export interface KeysOfRelease {
  readonly keys: readonly UsedKey[];
  /** DNSKEY RDATA of other operators' keys, published beside them (RFC 8901 2.1.2). */
  readonly foreign: readonly Uint8Array[];
  readonly cds: CdsSet;
  /** What the verifier is to know of a zone in the midst of a rollover. */
  readonly expected: ExpectedForms;
  readonly allowIncompleteAlgorithms: boolean;
  readonly allowRevokedAlone: boolean;
}

export interface UsedKey {
  readonly key: LoggedKey;
  readonly use: KeyUse;
}

/**
 * States → keys by use, and CDS. Keys that were generated and that no rollover has taken, and those that were withdrawn, have no part in it.
 * @throws Refusal roll/foreign-key
 */
export function keysOfRelease(zone: string, logged: readonly LoggedKey[], roll: ZoneRoll, rules: Pick<RollRules, 'cds'>): KeysOfRelease {
  const { dnskey, signsKeys, signsZone, cds } = contentsOf(roll, rules);
  const published = new Map(dnskey.map(({ name, isRevoked }) => [name, isRevoked]));
  const byName = new Map(logged.map((key) => [nameOfKey(key), key]));
  const others = new Map(roll.keys.filter(({ operator }) => operator !== 'self').map(({ name, dnskey: rdata }) => [name, rdata]));
  const names = new Set([...published.keys(), ...signsKeys, ...signsZone].filter((name) => !others.has(name)));
  const find = (name: KeyName): LoggedKey => byName.get(name) ?? refuseUnknown(zone, name);
  const foreignRdata = (name: KeyName): Uint8Array => Buffer.from(others.get(name) ?? refuseUnknown(zone, name), 'base64');
  const standIns = new Set(roll.keys.filter((key) => standsIn(roll, key)).map(({ name }) => name));
  const keys = roll.keys
    .filter(({ name }) => names.has(name))
    .map(({ name, trouble }): UsedKey => {
      const revoked = published.get(name) === true;
      // A revoked key validates nothing but its own revocation (RFC 5011 2.1).
      const signsData = signsZone.includes(name) && !revoked;
      const use = { published: published.has(name), signsKeys: signsKeys.includes(name), signsZone: signsData };
      const lost = trouble === 'lost' ? { lost: true } : {};
      const standsIn = standIns.has(name) ? { standsIn: true } : {};
      return { key: find(name), use: { ...use, ...(revoked ? { revoked } : {}), ...lost, ...standsIn } };
    });
  const asked = cds.kind === 'keys' ? cds.keys : [];
  const requested = asked.map((name) => ({ name, rdata: others.has(name) ? foreignRdata(name) : rdataOf(find(name)) }));
  const incomplete = incompleteAlgorithms(keys);
  const isLiberal = roll.roll?.kind === 'algorithm' && roll.roll.methods.algorithm === 'liberal';
  const liberal = isLiberal ? incomplete : [];
  const isEndOfAnchors = roll.roll?.kind === 'insecure' && haveLeft(keys);
  const unpublished = keys.filter(({ use }) => !use.published).map(({ key }) => rdataOf(key));
  return {
    keys,
    foreign: dnskey.filter(({ name }) => others.has(name)).map(({ name }) => foreignRdata(name)),
    cds: cds.kind === 'keys' ? { kind: 'keys', dnskeys: requested.map(({ rdata }) => rdata) } : cds,
    allowIncompleteAlgorithms: isLiberal || (incomplete.length > 0 && incomplete.every((algorithm) => isRevokedWithData(keys, algorithm))),
    allowRevokedAlone: isEndOfAnchors,
    expected: {
      ...(unpublished.length === 0 ? {} : { unpublishedKeys: unpublished, unpublishedSignAll: true }),
      ...(requested.length === 0 ? {} : { requestedKeys: requested.filter(({ name }) => !published.has(name)).map(({ rdata }) => rdata) }),
      ...(liberal.length === 0 ? {} : { incompleteAlgorithms: liberal }),
      ...(cds.kind === 'delete' || isEndOfAnchors ? { allowDelete: true } : {}),
    },
  };
}

/** Of the DNSKEY RRset, those of which no key signs the keys, or none the data: between the steps of the liberal method, and where a KSK is revoked. */
function incompleteAlgorithms(keys: readonly UsedKey[]): readonly number[] {
  const active = keys.filter(({ use }) => use.published && use.revoked !== true);
  const isComplete = (algorithm: number): boolean => {
    const own = active.filter(({ key }) => key.algorithm === algorithm);
    return own.some(({ use }) => use.signsKeys) && own.some(({ use }) => use.signsZone);
  };
  return [...new Set(active.map(({ key }) => key.algorithm))].filter((algorithm) => !isComplete(algorithm));
}

/** RFC 5011 5: all trust anchors are revoked, and the zone waits for those who look for them to see it. */
function haveLeft(keys: readonly UsedKey[]): boolean {
  return keys.some(({ use }) => use.revoked === true) && !keys.some(({ use }) => use.signsKeys && use.revoked !== true);
}

/** RFC 6781 4.1.4.2: the last KSK of the algorithm that goes is revoked, its ZSK still signs. Every RRset is signed all the same. */
function isRevokedWithData(keys: readonly UsedKey[], algorithm: number): boolean {
  const own = keys.filter(({ key, use }) => key.algorithm === algorithm && use.published);
  return own.some(({ use }) => use.revoked === true && use.signsKeys) && own.some(({ use }) => use.revoked !== true && use.signsZone);
}

/** A KSK that all caches have: what a lost ZSK of its algorithm would have to sign, every validator takes from it too. */
function standsIn({ keys }: ZoneRoll, { role, algorithm, trouble, revocation, operator, records }: RollKey): boolean {
  const isKnown = records.dnskey?.kind === 'omnipresent' && records.krrsig?.kind === 'omnipresent';
  if (role !== 'ksk' || operator !== 'self' || trouble !== 'none' || revocation.kind === 'revoked' || !isKnown) return false;
  return keys.some((key) => key.trouble === 'lost' && key.algorithm === algorithm && isPresent(key, 'zrrsig'));
}

/**
 * The keys, opened: each compared with the public key that the log has and proved by a trial signature; also those that are published only,
 * for what cannot be opened now cannot sign later. Not found is never a reason to make a new one. Of the tokens of a role the first that works is
 * used; if it fails later, the next one.
 * @throws Refusal key/not-found, key/mismatch
 */
export async function openKeys(session: Session, used: readonly UsedKey[]): Promise<readonly ZoneKey[]> {
  const keys: ZoneKey[] = [];
  for (const { key, use } of used) {
    const opened = use.lost === true ? { role: key.role, key: lostKey(rdataOf(key)) } : await openKey(session, key);
    keys.push({ ...opened, use });
  }
  return keys;
}

async function openKey({ tokens }: Session, key: LoggedKey): Promise<ZoneKey> {
  const selector = keySelector(key);
  const sources = tokens.replicas(key.token as TokenRole).map(({ name, open }) => ({
    name,
    open: async () => (await open()).openSigningKey(selector),
  }));
  const opened = await openOnFirst(sources, (text) => tokens.leftOut(text));
  return { role: key.role, key: opened };
}

const rdataOf = ({ dnskey }: LoggedKey): Uint8Array => Buffer.from(dnskey, 'base64');

function refuseUnknown(zone: string, name: KeyName): never {
  throw new Refusal(
    'roll/foreign-key',
    `${zone} is to have the key ${name}, and the log has no DNSKEY record of it`,
    'a key of another operator comes with its DNSKEY record: coldsign roll join --keys FILE; one of this signer is in coldsign key list',
  );
}
