import { openAuditKey } from '../../keystore/audit-key.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import { fromHex } from '../../signer/dns/bytes.ts';
import type { NoteSigner } from '../audit/note-key.ts';
import { parseVkey } from '../audit/vkey.ts';
import type { State } from '../state/state.ts';

/** The key that signs the head of this log, and no other: its public key is the one of the genesis entry. @throws Refusal key/audit-… */
export async function openAuditSigner(keystore: Keystore, state: State): Promise<NoteSigner> {
  const { kind, publicKey } = parseVkey(state.vkey);
  if (kind === 'cosignature') throw new RangeError('a log is signed by its own key, not by a witness');
  const { id } = state.auditKey ?? {};
  const key = await openAuditKey(keystore, { ...(id === undefined ? {} : { id: fromHex(id)! }), expected: { kind, publicKey } });
  return { name: state.origin, kind: key.kind, publicKey: key.publicKey, sign: (text) => key.sign(text) };
}
