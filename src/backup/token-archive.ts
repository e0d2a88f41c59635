import { backedKey, proveKeys } from '../../keystore/backup/challenge.ts';
import type { BackedKey, BackupHeader } from '../../keystore/backup/header.ts';
import type { KeyOnToken } from '../../keystore/key.ts';
import { type Keystore, openKeystore } from '../../keystore/keystore.ts';
import { modulePathOf, type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { equalBytes, toHex } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import { packTokenFiles, readTokenFiles, serialOf, type TokenFiles, unpackTokenFiles } from '../../softhsm/archive.ts';
import { tokensOf } from '../../softhsm/place.ts';
import type { TokenFolder } from '../../softhsm/token.ts';
import type { LoggedKey } from '../audit/entry.ts';
import { isoText } from '../config/time-text.ts';
import { type Io, note } from '../io.ts';
import { type CopyPins, copyLogin } from './copy-pins.ts';

/** A backup before it is sealed. */
export interface Taken {
  readonly header: Omit<BackupHeader, 'protection'>;
  /** Secret. */
  readonly payload: Uint8Array;
}

/**
 * The folder of a SoftHSM token, whose private objects are encrypted under its PIN. Keys are listed before the files are read: a key that
 * is made meanwhile may be in the archive and not in the list, never the other way round.
 * @param known keys of the log: they name zone and role where the label does not
 * @throws Refusal backup/not-archivable, backup/no-token-folder, backup/token-busy
 */
export async function takeArchive(keystore: Keystore, known: readonly LoggedKey[], now: number, io: Io): Promise<Taken> {
  const { label, serial, manufacturer, model } = keystore.token;
  const { softhsmConf } = keystore.uri;
  if (!manufacturer.startsWith('SoftHSM') || softhsmConf === undefined) {
    const why = manufacturer.startsWith('SoftHSM') ? 'its URI has no x-softhsm2-conf' : `it is of ${manufacturer}`;
    throw new Refusal(
      'backup/not-archivable',
      `only the folder of a SoftHSM token can be archived; token "${label}" (serial ${serial}): ${why}`,
      'use the procedure of the vendor, and record it with --vendor --evidence FILE; keys made as wrappable can be saved with --method wrap',
    );
  }
  const keys = listedKeys(await keystore.findKeys({}), known, io);
  refuseNone(keys, keystore.token);
  const payload = await packTokenFiles(readTokenFiles(tokensOf(softhsmConf), serial));
  return {
    header: { format: 1, method: 'token-archive', created: isoText(now), token: { label, serial, manufacturer, model }, keys },
    payload,
  };
}

/** Public data of the keys on a token, by CKA_ID. */
export function listedKeys(found: readonly KeyOnToken[], known: readonly LoggedKey[], io: Io): readonly BackedKey[] {
  const keys = found.flatMap((key) => backedKey(key, purposeOf(key, known)) ?? []);
  const silent = found.length - keys.length;
  if (silent > 0) note(io, `warning: the token does not give the public key of ${silent} of its keys: no drill can prove them`);
  return keys.sort((a, b) => (`${a.id} ${a.label}` < `${b.id} ${b.label}` ? -1 : 1));
}

/** @throws Refusal backup/no-keys */
export function refuseNone(keys: readonly BackedKey[], { label, serial }: { readonly label: string; readonly serial: string }): void {
  if (keys.length > 0) return;
  throw new Refusal(
    'backup/no-keys',
    `token "${label}" (serial ${serial}) shows no key that a backup could hold: 0 keys found`,
    'check that this is the right token; one whose folder is gone shows no keys either',
  );
}

function purposeOf({ id, publicKey }: KeyOnToken, known: readonly LoggedKey[]) {
  if (publicKey === undefined) return undefined;
  const logged = known.find((key) => key.id === toHex(id) && equalBytes(Buffer.from(key.dnskey, 'base64').subarray(4), publicKey));
  return logged === undefined ? undefined : { zone: logged.zone, role: logged.role, algorithm: logged.algorithm };
}

/** @throws Refusal backup/bad-archive, also for the archive of another token than the header names */
export async function openArchive(payload: Uint8Array, { token }: BackupHeader): Promise<TokenFiles> {
  const files = await unpackTokenFiles(payload);
  const serial = serialOf(files);
  if (serial === token.serial) return files;
  throw new Refusal(
    'backup/bad-archive',
    `the archive is of the token ${serial ?? 'without serial number'}, the backup says ${token.serial}`,
    'use another backup of the token',
  );
}

/** The URI of a token that was put into a folder; module and PIN source as of the original where that is known. */
export function placedUri({ config }: TokenFolder, { token }: BackupHeader, original: Pkcs11Uri | undefined): Pkcs11Uri {
  const base = { ...parsePkcs11Uri('pkcs11:'), softhsmConf: config, token: token.label, serial: token.serial };
  const { modulePath, pinSource } = original ?? {};
  const uri = { ...base, ...(modulePath === undefined ? {} : { modulePath }), ...(pinSource === undefined ? {} : { pinSource }) };
  return { ...uri, modulePath: modulePathOf(uri) };
}

/** Opens the token, has every key of the backup prove itself, and closes it. @throws Refusal backup/key-missing, backup/other-key, token/…, pin/…; Fault sign/bad-signature */
export async function proveToken(uri: Pkcs11Uri, keys: readonly BackedKey[], pins: CopyPins, io: Io): Promise<void> {
  await using keystore = await openKeystore({
    uri,
    ...copyLogin(uri, pins),
    workers: 1,
    warn: (text) => note(io, text),
  });
  await proveKeys(keystore, keys);
}
