import { pinContext } from '../../keystore/pin/offer.ts';
import { type PinGiver, PinHolder } from '../../keystore/pin/pin-holder.ts';
import { refuseNoTerminal } from '../../keystore/pin/terminal.ts';
import type { TokenSummary } from '../../keystore/pkcs11/protocol.ts';
import { modulePathOf, type Pkcs11Uri, parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { initSoftToken, listTokens, type NewToken } from '../../keystore/token-administration.ts';
import { Refusal } from '../../signer/errors.ts';
import { createTokenFolder, type TokenFolder } from '../../softhsm/token.ts';
import { shareFolder, shareScheme } from './share-options.ts';
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
  /** `K/N`: a PIN that exists in shares alone, one for each of `holder`. */
  readonly shares?: string;
  readonly holder?: readonly string[];
  /** Folder for shares as files, in place of the screen. */
  readonly shareDir?: string;
  /** SoftHSM library, where it is not in a usual place. */
  readonly module?: string;
  readonly json?: boolean;
}

const DEFAULT_LABEL = 'coldsign';
const MAX_LABEL_OCTETS = 32;
const MIN_PIN_OCTETS = 4;

/** `token init`: private folder → PINs → initialised SoftHSM token → shares of its PIN, if wanted → its complete URI. */
export async function tokenInit(options: TokenInitOptions, out: Output): Promise<void> {
  const told = await makeSoftToken(options);
  out.write(options.json === true ? toJson(told) : `${told.uri}\n`);
}

export interface SoftToken {
  readonly token: string;
  readonly serial: string;
  readonly directory: string;
  /** Absent where the PIN exists in shares: nobody has the PIN of the security officer then, who could set another one. */
  readonly soPinFile?: string;
  /** Complete PKCS#11 URI. */
  readonly uri: string;
  /** Id of the set of shares, hexadecimal. */
  readonly set?: string;
}

/** @throws Refusal token/folder, token/exists, pin/…; Fault token/… */
export async function makeSoftToken(options: TokenInitOptions): Promise<SoftToken> {
  refuseTwoPinSources(options);
  const label = checkedLabel(options.label ?? DEFAULT_LABEL);
  // Before there is a token: one whose PIN could not be handed out is of no use to anybody.
  const scheme =
    options.shares === undefined ? undefined : { ...shareScheme(options.shares, options.holder ?? []), ...shareFolder(options.shareDir) };
  if (scheme !== undefined && scheme.folder === undefined)
    refuseNoTerminal('the shares are shown on a terminal', 'run it at a terminal, or give --share-dir DIR for printing');
  const folder = createTokenFolder(options.dir);
  const base = softhsmUri(folder, options.module);
  await refuseExisting(base, label, folder);
  const user = await userPin(options, folder);
  using _holder = user.holder;
  const soPin: NewToken['soPin'] = scheme === undefined ? { kind: 'new-file', path: folder.soPinFile } : { kind: 'unknown' };
  const token = await initSoftToken(base, { label, soPin, userPin: user.give });
  const set = scheme === undefined ? undefined : await handOut(user, token, scheme, folder);
  const uri = printPkcs11Uri({
    ...base,
    token: label,
    serial: token.serial,
    ...(user.source === undefined ? {} : { pinSource: user.source }),
  });
  const made = { token: label, serial: token.serial, directory: folder.dir, uri };
  return set === undefined ? { ...made, soPinFile: folder.soPinFile } : { ...made, set };
}

/** @throws what the holder refuses, with what is to be done about the token */
async function handOut(
  { holder }: NewUserPin,
  token: TokenSummary,
  scheme: { readonly threshold: number; readonly holders: readonly string[]; readonly folder?: string },
  folder: TokenFolder,
): Promise<string> {
  try {
    return await holder!.ask('share', { ...scheme, subject: pinContext(token.label, token.serial) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const hint = `the shares were not handed out and the token has a PIN that nobody knows: remove ${folder.dir} and begin again`;
    throw new Refusal(error.code, error.message, hint, { cause: error });
  }
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
  const given = [
    options.generatePin === true,
    options.pinFile !== undefined,
    options.pinFd !== undefined,
    options.shares !== undefined,
  ].filter(Boolean).length;
  if (given > 1)
    throw new Refusal(
      'usage/pin-source',
      `${given} sources are given for the user PIN`,
      'give one of --generate-pin, --pin-file, --pin-fd and --shares',
    );
}

interface NewUserPin {
  readonly give: PinGiver;
  /** pin-source of the token's URI. */
  readonly source?: string;
  readonly holder?: PinHolder;
}

/** Where the PIN comes from; it is in this process in no case. @throws Refusal pin/… */
async function userPin(options: TokenInitOptions, folder: TokenFolder): Promise<NewUserPin> {
  if (options.generatePin === true) {
    const path = folder.pinFile;
    return { give: async () => ({ kind: 'new-file', path }), source: `file:${path}` };
  }
  if (options.pinFile !== undefined) {
    const path = absolute(options.pinFile);
    return { give: async () => ({ kind: 'file', path }), source: `file:${path}` };
  }
  const holder = new PinHolder(options.pinFd);
  try {
    if (options.shares !== undefined) {
      await holder.ask('invent', {});
      return { give: holder.give, source: 'shares:', holder };
    }
    const source = options.pinFd === undefined ? ({ kind: 'prompt' } as const) : ({ kind: 'descriptor', fd: options.pinFd } as const);
    await holder.ask('choose', { source, what: 'new user PIN', least: MIN_PIN_OCTETS });
    return { give: holder.give, holder };
  } catch (error) {
    holder[Symbol.dispose]();
    throw error;
  }
}

function absolute(path: string): string {
  if (path.startsWith('/')) return path;
  return `${process.cwd()}/${path}`;
}
