import { statSync } from 'node:fs';
import { parseKeyName } from '../../keystore/key.ts';
import { type Keystore, openKeystore } from '../../keystore/keystore.ts';
import { choosePinSource } from '../../keystore/pin/source.ts';
import { isSameModule, type Pkcs11Uri, parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import type { Verification } from '../../keystore/token-key.ts';
import { VerifyPool } from '../../keystore/verify-pool.ts';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { printName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { SignatureCheck } from '../../signer/sign.ts';
import type { SigningKey } from '../../signer/signing-key.ts';
import type { KeyRole, ZoneKey } from '../../signer/zone-key.ts';
import { type Io, note } from '../io.ts';

export interface ZoneKeyOptions {
  /** The zone file: a small one gets by with one process. */
  readonly file: string;
  readonly apex: WireName;
  readonly kskUris: readonly string[];
  readonly zskUris: readonly string[];
  readonly threads?: number;
  readonly pinFd?: number;
  readonly shareFd?: number;
  readonly forceFinalTry?: boolean;
  readonly verification: Verification;
}

/** The tokens of a signing, open until the end of it. */
export interface OpenZoneKeys extends AsyncDisposable {
  /** The keys in the order of the command line, a key with both roles once. */
  keys(): Promise<readonly ZoneKey[]>;
  readonly check: SignatureCheck;
}

interface NamedKey {
  readonly uri: Pkcs11Uri;
  readonly role: KeyRole;
}

/** Begins to open every token that the URIs name, one after the other, while the caller goes on. */
export function openZoneKeys(options: ZoneKeyOptions, io: Io): OpenZoneKeys {
  const pool = new VerifyPool(options.threads);
  const stores: Keystore[] = [];
  const opening = openAll(options, pool, stores, io);
  opening.catch(() => {});
  return {
    keys: () => opening,
    check: (dnskey, data, signatures) => pool.verifyBatch(dnskey, data, signatures),
    async [Symbol.asyncDispose]() {
      await opening.catch(() => {});
      for (const store of stores) await store[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
    },
  };
}

async function openAll(options: ZoneKeyOptions, pool: VerifyPool, stores: Keystore[], io: Io): Promise<readonly ZoneKey[]> {
  const keys: ZoneKey[] = [];
  for (const { uri, role } of namedKeys(options)) {
    let store = stores.find((open) => isOn(open, uri));
    if (store === undefined) {
      store = await openKeystore({
        uri,
        pin: choosePinSource(uri, options.pinFd, options.shareFd),
        login: { forceFinalTry: options.forceFinalTry === true },
        verifyPool: pool,
        verification: options.verification,
        warn: (text) => note(io, text),
        ...(options.threads === undefined ? {} : { workers: options.threads }),
        ...(isSmall(options.file) ? { workersAtOnce: 1 } : {}),
      });
      stores.push(store);
    }
    const key = await store.openSigningKey({ uri, role });
    warnOfOtherZone(store.labelOf(key) ?? '', key, options.apex, io);
    keys.push({ role, key });
  }
  return keys;
}

/** Is the URI's token the one that is open already, however completely the URI names it? Then one login serves both. */
function isOn({ uri: open }: Keystore, uri: Pkcs11Uri): boolean {
  if (!isSameModule(open, uri)) return false;
  if (uri.token === undefined && uri.serial === undefined) return false;
  return (uri.token ?? open.token) === open.token && (uri.serial ?? open.serial) === open.serial;
}

/** A URI under --ksk and under --zsk is a key with both roles. */
function namedKeys({ kskUris, zskUris, pinFd }: ZoneKeyOptions): readonly NamedKey[] {
  const roles = new Map<string, { uri: Pkcs11Uri; role: KeyRole }>();
  for (const [role, texts] of [
    ['ksk', kskUris],
    ['zsk', zskUris],
  ] as const) {
    for (const text of texts) {
      const uri = parsePkcs11Uri(text);
      const known = roles.get(printPkcs11Uri(uri));
      roles.set(printPkcs11Uri(uri), { uri, role: known !== undefined && known.role !== role ? 'csk' : role });
    }
  }
  const named = [...roles.values()];
  const byFd = new Set(named.filter(({ uri }) => uri.pinSource === undefined).map(({ uri }) => `${uri.token ?? ''} ${uri.serial ?? ''}`));
  if (pinFd !== undefined && byFd.size > 1) {
    throw new Refusal(
      'usage/pin-source',
      `--pin-fd brings one PIN, and ${byFd.size} tokens would be tried with it`,
      'a wrong PIN can lock a token: give pin-source=file:/path in the URIs, or write the token the same way in each',
    );
  }
  return named;
}

/** One key for two zones is possible, and mostly a mistake: rolling or losing it then concerns both. */
function warnOfOtherZone(label: string, { keyTag }: SigningKey, apex: WireName, io: Io): void {
  const zone = parseKeyName(label)?.zone;
  if (zone === undefined || equalBytes(zone, apex)) return;
  note(io, `warning: key ${keyTag} was made for ${printName(zone)} and signs ${printName(apex)}`);
}

const SMALL_OCTETS = 65_536;

/** A guess: what turns out to be more starts further processes later. */
function isSmall(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size < SMALL_OCTETS;
}
