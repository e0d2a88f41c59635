import { printName } from '../../signer/dns/name.ts';
import { parseOrigin } from '../config/origin.ts';
import type { Io } from '../io.ts';
import { type DestroyedOn, destroyKeyOfZone } from '../keys/destroy-key.ts';
import { checkedReason } from '../release/reason.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface KeyDestroyOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone: string;
  readonly keyTag: number;
  readonly reason?: string;
  readonly attestNoDs?: string;
  readonly confirm?: string;
  readonly json: boolean;
}

/** `key destroy`: a key that nothing needs → tag typed → intent → gone from every token, read back → result. The zone may have left the configuration. */
export async function keyDestroy(options: KeyDestroyOptions, io: Io): Promise<number> {
  const zone = printName(parseOrigin(options.zone)).toLowerCase();
  const reason = checkedReason(options.reason, `destroying key ${options.keyTag} of ${zone}`);
  const { keyTag, confirm, attestNoDs: given } = options;
  const attestNoDs = given === undefined ? undefined : checkedReason(given, 'attesting that the parent has no DS');
  const wish = { zone, keyTag, reason, ...(confirm === undefined ? {} : { confirm }), ...(attestNoDs === undefined ? {} : { attestNoDs }) };
  return withSession({ ...options, command: 'key destroy' }, io, async (session) => {
    const { key, tokens } = await destroyKeyOfZone(session, wish);
    io.out.write(options.json ? `${JSON.stringify({ key, tokens }, undefined, 2)}\n` : tokens.map((on) => lineOf(key.keyTag, on)).join(''));
    return 0;
  });
}

function lineOf(keyTag: number, { token, outcome }: DestroyedOn): string {
  const what = outcome === 'destroyed' ? 'destroyed, and read back as not found' : 'was not there';
  return `key ${keyTag} on token ${token.label} (serial ${token.serial}): ${what}\n`;
}
