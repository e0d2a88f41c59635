import { Refusal } from '../../signer/errors.ts';
import { type Io, note } from '../io.ts';
import type { ShareSet, State } from '../state/state.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface PinVoidOptions extends Omit<SessionRequest, 'command'> {
  /** Id of the set, or its beginning, hexadecimal. */
  readonly set: string;
  readonly reason: string;
}

/** `pin void`: from now on no command of the workspace takes shares of the set. */
export function pinVoid(options: PinVoidOptions, io: Io): Promise<number> {
  return withSession({ ...options, command: 'pin void' }, io, async (session) => {
    const { set, token, threshold, holders } = findSet(session.state, options.set);
    session.append('pin.shares', { act: 'voided', set, token, threshold, holders, reason: options.reason });
    note(
      io,
      `set ${set} is void here. Its shares still give the PIN to whoever has ${threshold} of them: only a new PIN makes them worthless (coldsign pin reshare)`,
    );
    return 0;
  });
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
