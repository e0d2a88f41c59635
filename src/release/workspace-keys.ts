import { openOnFirst } from '../../keystore/replicas/failover.ts';
import { contentsOf } from '../../keystore/rollover/contents.ts';
import type { KeyName, RollRules, ZoneRoll } from '../../keystore/rollover/model.ts';
import type { CdsSet } from '../../signer/cds-set.ts';
import { Refusal } from '../../signer/errors.ts';
import type { VerifyOptions } from '../../signer/verify/options.ts';
import type { KeyUse, ZoneKey } from '../../signer/zone-key.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { nameOfKey } from '../rollover/key-name.ts';
import { keySelector } from '../workspace/logged-key.ts';
import type { Session } from '../workspace/session.ts';

/** What the keys of a zone do in one version of it, by the states of its rollover. */
export interface KeysOfRelease {
  readonly keys: readonly UsedKey[];
  readonly cds: CdsSet;
  /** What the verifier is to know of a zone in the midst of a rollover. */
  readonly expected: ExpectedForms;
  readonly allowIncompleteAlgorithms: boolean;
}

export type ExpectedForms = Pick<
  VerifyOptions,
  'unpublishedKeys' | 'unpublishedSignAll' | 'requestedKeys' | 'incompleteAlgorithms' | 'allowDelete'
>;

export interface UsedKey {
  readonly key: LoggedKey;
  readonly use: KeyUse;
}

/**
 * States → keys by use, and CDS. Keys that were generated and that no rollover has taken, and those that were withdrawn, have no part in it.
 * @throws Refusal roll/unsigned, roll/foreign-key
 */
export function keysOfRelease(zone: string, logged: readonly LoggedKey[], roll: ZoneRoll, rules: Pick<RollRules, 'cds'>): KeysOfRelease {
  const { dnskey, signsKeys, signsZone, cds } = contentsOf(roll, rules);
  const published = new Map(dnskey.map(({ name, isRevoked }) => [name, isRevoked]));
  const byName = new Map(logged.map((key) => [nameOfKey(key), key]));
  const names = new Set([...published.keys(), ...signsKeys, ...signsZone]);
  if (names.size === 0) throw refuseUnsigned(zone);
  const find = (name: KeyName): LoggedKey => byName.get(name) ?? refuseForeign(zone, name);
  const keys = roll.keys
    .filter(({ name }) => names.has(name))
    .map(({ name }): UsedKey => {
      const revoked = published.get(name) === true;
      // A revoked key validates nothing but its own revocation (RFC 5011 2.1).
      const signsData = signsZone.includes(name) && !revoked;
      const use = { published: published.has(name), signsKeys: signsKeys.includes(name), signsZone: signsData };
      return { key: find(name), use: revoked ? { ...use, revoked } : use };
    });
  const requested = cds.kind === 'keys' ? cds.keys.map(find) : [];
  const isLiberal = roll.roll?.kind === 'algorithm' && roll.roll.methods.algorithm === 'liberal';
  const algorithms = [...new Set(keys.filter(({ use }) => use.published).map(({ key }) => key.algorithm))];
  const unpublished = keys.filter(({ use }) => !use.published).map(({ key }) => rdataOf(key));
  return {
    keys,
    cds: cds.kind === 'keys' ? { kind: 'keys', dnskeys: requested.map(rdataOf) } : cds,
    allowIncompleteAlgorithms: isLiberal,
    expected: {
      ...(unpublished.length === 0 ? {} : { unpublishedKeys: unpublished, unpublishedSignAll: true }),
      ...(requested.length === 0 ? {} : { requestedKeys: requested.filter((key) => !published.has(nameOfKey(key))).map(rdataOf) }),
      ...(isLiberal ? { incompleteAlgorithms: algorithms } : {}),
      ...(cds.kind === 'delete' ? { allowDelete: true } : {}),
    },
  };
}

/**
 * The keys, opened: each compared with the public key that the log has and proved by a trial signature; also those that are published only,
 * for what cannot be opened now cannot sign later. Not found is never a reason to make a new one. Of the tokens of a role the first that works is
 * used; if it fails later, the next one.
 * @throws Refusal key/not-found, key/mismatch
 */
export async function openKeys(session: Session, used: readonly UsedKey[]): Promise<readonly ZoneKey[]> {
  const keys: ZoneKey[] = [];
  for (const { key, use } of used) keys.push({ ...(await openKey(session, key)), use });
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

function refuseUnsigned(zone: string): Refusal {
  return new Refusal(
    'roll/unsigned',
    `by its rollover ${zone} has no keys and no signatures any more: there is nothing to sign`,
    'publish the unsigned zone as it is, and take it out of coldsign.yaml; or begin anew with coldsign key generate and coldsign zone sign',
  );
}

function refuseForeign(zone: string, name: KeyName): never {
  throw new Refusal(
    'roll/foreign-key',
    `${zone} is to have the key ${name}, which the log does not have`,
    'keys of other operators are published by who has their DNSKEY records: see docs/rollovers.md',
  );
}
