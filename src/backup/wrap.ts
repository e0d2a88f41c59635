import { join } from 'node:path';
import { proveKeys } from '../../keystore/backup/challenge.ts';
import { type BackedKey, type BackupHeader, dnskeyOf } from '../../keystore/backup/header.ts';
import { kekOf, pairWrapped, parseWrapped, printWrapped, unwrapKey, wrapKeys } from '../../keystore/backup/wrapped-keys.ts';
import { type Keystore, openKeystore } from '../../keystore/keystore.ts';
import { PinHolder } from '../../keystore/pin/pin-holder.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { fromHex } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedKey, TokenRef } from '../audit/entry.ts';
import { makeSoftToken } from '../commands/token-init.ts';
import { isoText } from '../config/time-text.ts';
import { type Io, note } from '../io.ts';
import type { Opened } from './backup-file.ts';
import { type CopyPins, copyLogin } from './copy-pins.ts';
import { listedKeys, refuseNone, type Taken } from './token-archive.ts';

export interface WrapWish {
  /** Zones whose keys are wanted, absolute and lower-case; none: all. */
  readonly zones: readonly string[];
  /** File descriptor with the PIN of the security officer; without, keys that ask for a trusted key are refused. */
  readonly soPinFd?: number;
}

/**
 * Keys that were made to leave their token (`--wrappable`), wrapped by it. Keys of no zone, like that of the audit log, are never among them.
 * @param key of the backup: the key-encryption key is made from it
 * @throws Refusal backup/no-keys, backup/not-wrappable, pin/…
 */
export async function takeWrapped(
  keystore: Keystore,
  known: readonly LoggedKey[],
  { zones, soPinFd }: WrapWish,
  key: Uint8Array,
  now: number,
  io: Io,
): Promise<Taken> {
  const { label, serial, manufacturer, model } = keystore.token;
  const listed = listedKeys(await keystore.findKeys({}), known, io).filter(({ role }) => role !== undefined);
  const keys = listed.filter(({ zone }) => zones.length === 0 || zones.includes(zone ?? ''));
  refuseNone(keys, keystore.token);
  using officer = soPinFd === undefined ? undefined : await officerPin(soPinFd);
  const kek = kekOf(key);
  try {
    const payload = printWrapped(await wrapKeys(keystore, keys, kek, officer?.give));
    return { header: { format: 1, method: 'wrap', created: isoText(now), token: { label, serial, manufacturer, model }, keys }, payload };
  } finally {
    kek.fill(0);
  }
}

/** It is in a process of its own, as every PIN. @throws Refusal pin/… */
async function officerPin(fd: number): Promise<PinHolder> {
  const holder = new PinHolder(fd);
  try {
    await holder.ask('obtain', { source: { kind: 'descriptor', fd }, what: 'PIN of the security officer', subject: '', sets: [] });
    return holder;
  } catch (error) {
    holder[Symbol.dispose]();
    throw error;
  }
}

/** What the log is told: before the first key is on the token, and when none of them is there any more. */
interface Steps {
  begin(token: TokenRef): Promise<void>;
  undone(): void;
}

const UNTOLD: Steps = { begin: async () => {}, undone: () => {} };

/**
 * Unwraps the keys into a new SoftHSM token in the folder, whose random PIN nobody learns, and has each sign a challenge.
 * @param dir private, and gone afterwards
 */
export async function drillWrapped(dir: string, opened: Opened, { keys }: BackupHeader, io: Io): Promise<void> {
  const { uri } = await makeSoftToken({ dir: join(dir, 'token'), label: 'coldsign drill', generatePin: true });
  await unwrapInto(parsePkcs11Uri(uri), {}, { opened, keys }, UNTOLD, io);
}

/**
 * Unwraps the keys into the token, and has each sign a challenge; those that it made are destroyed again where that fails.
 * @throws Refusal token/…, pin/…, backup/…; Fault token/…, sign/bad-signature
 */
export async function unwrapInto(
  uri: Pkcs11Uri,
  pins: CopyPins,
  { opened, keys }: { readonly opened: Opened; readonly keys: readonly BackedKey[] },
  { begin, undone }: Steps,
  io: Io,
) {
  await using keystore = await openKeystore({ uri, ...copyLogin(uri, pins), workers: 1, warn: (text) => note(io, text) });
  await refusePresent(keystore, keys);
  const pairs = pairWrapped(keys, parseWrapped(opened.payload));
  const made: BackedKey[] = [];
  await begin(keystore.token);
  try {
    for (const { key, form } of pairs) {
      // Before: one that fails halfway may leave an object too.
      made.push(key);
      await unwrapKey(keystore, key, form, opened.kek);
    }
    await proveKeys(keystore, keys);
  } catch (error) {
    for (const key of made) await keystore.destroyKey({ id: fromHex(key.id) ?? new Uint8Array(), label: key.label, dnskey: dnskeyOf(key) });
    undone();
    throw error;
  }
  const { label, serial } = keystore.token;
  return { label, serial, uri: keystore.uri };
}

/** @throws Refusal backup/target-taken: a key with the CKA_ID of one of the backup is there already, be it the same key */
async function refusePresent(keystore: Keystore, keys: readonly BackedKey[]): Promise<void> {
  for (const { id, label } of keys) {
    if ((await keystore.findKeys({ id: fromHex(id) ?? new Uint8Array() })).length === 0) continue;
    throw new Refusal(
      'backup/target-taken',
      `the token ${keystore.token.label} has a key with the CKA_ID ${id} ("${label}") already, and none is overwritten`,
      'restore to a token that does not have the key',
    );
  }
}
