import { SHARES } from '../../keystore/pin/source.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { Refusal } from '../../signer/errors.ts';
import { type Io, note } from '../io.ts';
import type { ShareSet, State } from '../state/state.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface PinVoidOptions extends Omit<SessionRequest, 'command'> {
  /** Id of the set, or its beginning, hexadecimal. */
  readonly set: string;
  readonly reason: string;
}

/** `pin void`: from now on no command of the workspace takes shares of the set. */
export function pinVoid(options: PinVoidOptions, io: Io): Promise<number> {
  return withSession({ ...options, command: 'pin void' }, io, async (session) => {
    const found = findSet(session.state, options.set);
    refuseLast(session, found);
    const { set, token, threshold, holders } = found;
    session.append('pin.shares', { act: 'voided', set, token, threshold, holders, reason: options.reason });
    note(
      io,
      `set ${set} is void here. Its shares still give the PIN to whoever has ${threshold} of them: only a new PIN makes them worthless (coldsign pin reshare)`,
    );
    return 0;
  });
}

/** Nobody could log in here any more, not even for a new PIN. @throws Refusal share/last-set */
function refuseLast({ config, state }: Session, { set, token }: ShareSet): void {
  const isOfToken = (other: { readonly label: string; readonly serial: string }): boolean =>
    other.label === token.label && other.serial === token.serial;
  const needsShares = Object.values(config.tokens)
    .flat()
    .map(parsePkcs11Uri)
    .some((uri) => uri.pinSource === SHARES && isOfToken({ ...token, ...named(uri) }));
  const others = Object.values(state.shareSets).filter((one) => one.set !== set && one.voided === undefined && isOfToken(one.token));
  if (!needsShares || others.length > 0) return;
  throw new Refusal(
    'share/last-set',
    `the set ${set} is the only one whose shares log in to token ${token.label} (serial ${token.serial}) here`,
    'make a set of a new PIN in its place, which voids it: coldsign pin reshare',
  );
}

function named({ token, serial }: Pkcs11Uri): { label?: string; serial?: string } {
  return { ...(token === undefined ? {} : { label: token }), ...(serial === undefined ? {} : { serial }) };
}

/** @throws Refusal share/unknown-set, share/void-set */
function findSet({ shareSets }: State, beginning: string): ShareSet {
  const all = Object.values(shareSets);
  const found = all.filter(({ set }) => beginning !== '' && set.startsWith(beginning.toLowerCase()));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Refusal(
      'share/unknown-set',
      `${found.length} sets of shares begin with "${beginning}"; the log knows ${all.map(({ set }) => set).join(', ') || 'none'}`,
      'give the id as coldsign audit show prints it',
    );
  }
  if (only.voided === undefined) return only;
  throw new Refusal(
    'share/void-set',
    `the set ${only.set} is void since ${only.voided}`,
    'nothing is left to do; a new PIN makes its shares worthless',
  );
}
