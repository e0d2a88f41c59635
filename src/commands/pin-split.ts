import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Keystore } from '../../keystore/keystore.ts';
import { SHARES } from '../../keystore/pin/source.ts';
import type { EntryData } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';
import { type ShareScheme, shareFolder, shareScheme } from './share-options.ts';
import { openToken, toJson } from './token-access.ts';

export interface PinSplitOptions extends Omit<SessionRequest, 'command'> {
  readonly act: 'made' | 'reshared';
  /** Token outside of a workspace; else that of the role. */
  readonly token?: string;
  readonly role: string;
  /** `K/N` */
  readonly shares: string;
  readonly holders: readonly string[];
  readonly shareDir?: string;
  /** Shares of the PIN that the token has. */
  readonly samePin: boolean;
  readonly json: boolean;
}

/** `pin split` and `pin reshare`: login with the PIN as it is → shares to their holders → the token's new PIN → the log. */
export async function pinSplit(options: PinSplitOptions, io: Io): Promise<number> {
  const scheme = shareScheme(options.shares, options.holders);
  const folder = shareFolder(options.shareDir);
  if (folder.folder !== undefined)
    note(io, `warning: whoever reads ${scheme.threshold} files of ${folder.folder} has the PIN: print them, then destroy them`);
  const make = (keystore: Keystore): Promise<string> =>
    options.samePin ? keystore.sharePin({ ...scheme, ...folder }) : keystore.renewPin({ ...scheme, ...folder });
  if (options.token === undefined) return inWorkspace(options, scheme, make, io);
  await using keystore = await openToken({ ...options, token: options.token }, io.err);
  report(keystore, await make(keystore), options, io);
  return 0;
}

function inWorkspace(
  options: PinSplitOptions,
  scheme: ShareScheme,
  make: (keystore: Keystore) => Promise<string>,
  io: Io,
): Promise<number> {
  const command = options.act === 'made' ? 'pin split' : 'pin reshare';
  return withSession({ ...options, command }, io, async (session) => {
    const keystore = await session.tokens.keystore(options.role as TokenRole);
    const before = currentSet(session, keystore);
    const set = await make(keystore);
    const { label, serial } = keystore.token;
    const data: EntryData['pin.shares'] = { act: options.act, set, token: { label, serial }, ...scheme };
    session.append('pin.shares', before === undefined ? data : { ...data, replaces: before });
    report(keystore, set, options, io);
    return 0;
  });
}

/** The newest set of the token whose shares are taken. */
function currentSet({ state }: Session, { token: { label, serial } }: Keystore): string | undefined {
  return Object.values(state.shareSets)
    .filter(({ token, voided }) => token.label === label && token.serial === serial && voided === undefined)
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .at(-1)?.set;
}

function report(keystore: Keystore, set: string, { shares, holders, samePin, json }: PinSplitOptions, io: Io): void {
  const { label, serial } = keystore.token;
  io.out.write(json ? toJson({ set, token: { label, serial }, shares, holders, samePin }) : `${set}\n`);
  if (samePin) note(io, 'warning: the PIN is the same: enough of the old shares still give it, if not to this program');
  else if (keystore.uri.pinSource !== SHARES)
    note(
      io,
      `the PIN of token ${label} is new, and in shares alone: write pin-source=shares: into its URI, and destroy what holds the old PIN`,
    );
  warnOfOfficer(keystore, io);
}

/** With the PIN of the security officer anybody sets a PIN of the user without the holders (C_InitPIN). */
function warnOfOfficer({ uri: { softhsmConf, pinSource } }: Keystore, io: Io): void {
  const file = softhsmConf === undefined ? undefined : join(dirname(softhsmConf), 'so-pin');
  const isThere = file !== undefined && existsSync(file);
  if (!isThere && pinSource === SHARES) return;
  const where = isThere ? `; it is in ${file}, for whoever can read that` : '';
  note(
    io,
    `whoever has the PIN of the security officer can set another PIN without any share: seal it like a share of its own, or destroy it${where}`,
  );
}
