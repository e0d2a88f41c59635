import { rmSync } from 'node:fs';
import { readPinSource } from '../../keystore/pin/source.ts';
import { modulePathOf, type Pkcs11Uri, parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { initSoftToken, listTokens } from '../../keystore/token-administration.ts';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import { createTokenFolder, randomPin, type TokenFolder, writePinFile } from '../../softhsm/token.ts';
import { type Output, toJson } from './token-access.ts';

export interface TokenInitOptions {
  /** Folder of the token, made if missing. */
  readonly dir: string;
  /** Default: coldsign. */
  readonly label?: string;
  /** Where the user PIN comes from; exactly one, or none for the prompt. */
  readonly generatePin?: boolean;
  readonly pinFile?: string;
  readonly pinFd?: number;
  /** SoftHSM library, where it is not in a usual place. */
  readonly module?: string;
  readonly json?: boolean;
}

const DEFAULT_LABEL = 'coldsign';
const MAX_LABEL_OCTETS = 32;
const MIN_PIN_OCTETS = 4;

/** `token init`: private folder → PINs → initialised SoftHSM token → its complete URI. */
export async function tokenInit(options: TokenInitOptions, out: Output): Promise<void> {
  const told = await makeSoftToken(options);
  out.write(options.json === true ? toJson(told) : `${told.uri}\n`);
}

export interface SoftToken {
  readonly token: string;
  readonly serial: string;
  readonly directory: string;
  readonly soPinFile: string;
  /** Complete PKCS#11 URI. */
  readonly uri: string;
}

/** @throws Refusal token/folder, token/exists, pin/…; Fault token/… */
export async function makeSoftToken(options: TokenInitOptions): Promise<SoftToken> {
  refuseTwoPinSources(options);
  const label = checkedLabel(options.label ?? DEFAULT_LABEL);
  const folder = createTokenFolder(options.dir);
  const base = softhsmUri(folder, options.module);
  await refuseExisting(base, label, folder);
  const user = await userPin(options, folder);
  const token = await initialize(base, label, user.pin, folder, options.generatePin === true);
  const uri = printPkcs11Uri({
    ...base,
    token: label,
    serial: token.serial,
    ...(user.source === undefined ? {} : { pinSource: user.source }),
  });
  return { token: label, serial: token.serial, directory: folder.dir, soPinFile: folder.soPinFile, uri };
}

function checkedLabel(label: string): string {
  const octets = new TextEncoder().encode(label).length;
  if (octets > 0 && octets <= MAX_LABEL_OCTETS && !/^ |\0| $/.test(label)) return label;
  throw new Refusal(
    'token/bad-label',
    `a token label has 1 to ${MAX_LABEL_OCTETS} octets and no blank at its ends; "${label}" has ${octets}`,
    'use a shorter label',
  );
}

function softhsmUri(folder: TokenFolder, module: string | undefined): Pkcs11Uri {
  const base = { ...parsePkcs11Uri('pkcs11:'), softhsmConf: folder.config, ...(module === undefined ? {} : { modulePath: module }) };
  return { ...base, modulePath: modulePathOf(base) };
}

async function refuseExisting(base: Pkcs11Uri, label: string, folder: TokenFolder): Promise<void> {
  const existing = (await listTokens(base)).find((token) => token.initialized && token.label === label);
  if (existing === undefined) return;
  throw new Refusal(
    'token/exists',
    `${folder.dir} has a token ${label} (serial ${existing.serial}) already`,
    'use that token, or another label or folder',
  );
}

function refuseTwoPinSources(options: TokenInitOptions): void {
  const given = [options.generatePin === true, options.pinFile !== undefined, options.pinFd !== undefined].filter(Boolean).length;
  if (given > 1)
    throw new Refusal(
      'usage/pin-source',
      `${given} sources are given for the user PIN`,
      'give one of --generate-pin, --pin-file and --pin-fd',
    );
}

async function userPin(options: TokenInitOptions, folder: TokenFolder): Promise<{ pin: Uint8Array; source?: string }> {
  if (options.generatePin === true) return { pin: randomPin(), source: `file:${folder.pinFile}` };
  const what = 'new user PIN';
  if (options.pinFile !== undefined) {
    const path = absolute(options.pinFile);
    return { pin: longEnough(await readPinSource({ kind: 'file', path }, what)), source: `file:${path}` };
  }
  if (options.pinFd !== undefined) return { pin: longEnough(await readPinSource({ kind: 'descriptor', fd: options.pinFd }, what)) };
  const pin = longEnough(await readPinSource({ kind: 'prompt' }, what));
  const again = await readPinSource({ kind: 'prompt' }, `${what}, once more`);
  if (!equalBytes(pin, again))
    throw new Refusal('pin/not-repeated', 'the two PINs differ', 'run the command again and type the same PIN twice');
  return { pin };
}

function longEnough(pin: Uint8Array): Uint8Array {
  if (pin.length >= MIN_PIN_OCTETS) return pin;
  throw new Refusal(
    'pin/too-short',
    `a SoftHSM PIN has at least ${MIN_PIN_OCTETS} characters, this one has ${pin.length}`,
    'choose a longer PIN',
  );
}

/** PIN files first, so that no token exists whose PIN is lost; they go again when the token cannot be made. */
async function initialize(
  base: Pkcs11Uri,
  label: string,
  pin: Uint8Array,
  folder: TokenFolder,
  keepPin: boolean,
): Promise<{ serial: string }> {
  const soPin = randomPin();
  const written: string[] = [];
  try {
    for (const [path, value] of [[folder.soPinFile, soPin] as const, ...(keepPin ? [[folder.pinFile, pin] as const] : [])]) {
      writePinFile(path, value);
      written.push(path);
    }
    return await initSoftToken(base, { label, soPin, userPin: pin });
  } catch (error) {
    for (const path of written) rmSync(path, { force: true });
    throw error;
  } finally {
    soPin.fill(0);
    pin.fill(0);
  }
}

function absolute(path: string): string {
  if (path.startsWith('/')) return path;
  return `${process.cwd()}/${path}`;
}
