import { expect, test } from 'vitest';
import { dnskeyRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { adoptKeys } from '../../src/keys/adopt.ts';
import { emptyState, zoneState } from '../../src/state/state.ts';
import type { Session } from '../../src/workspace/session.ts';

const PUBLIC_KEY = Uint8Array.from({ length: 64 }, (_, i) => i);
/** Two words of the key in each other's place: the sum, and so the key tag, is the same (RFC 4034 appendix B). */
const SAME_TAG = Uint8Array.from([...PUBLIC_KEY.subarray(2, 4), ...PUBLIC_KEY.subarray(0, 2), ...PUBLIC_KEY.subarray(4)]);

/** A session with a token that has one key, and a log in which the parent has had one. */
function sessionWith(publicKey: Uint8Array, past: boolean): Session {
  const state = emptyState();
  const dnskey = dnskeyRdata(257, 13, PUBLIC_KEY);
  const ofParent: LoggedKey = {
    ...{ zone: 'net.', role: 'ksk', algorithm: 13, keyTag: keyTag(dnskey), dnskey: Buffer.from(dnskey).toString('base64') },
    ...{ id: 'aa', label: 'parent', token: 'ksk', serial: 's' },
  };
  const { keys, past: gone } = zoneState(state, 'net.');
  (past ? gone : keys).push(ofParent);
  const onToken = { id: Uint8Array.of(0xbb), label: 'child', shape: { kind: 'ec', curve: 'P-256' }, publicKey, attestation: {} };
  const keystore = { token: { label: 't', serial: 's' }, listKeys: async () => [onToken], openSigningKey: async () => undefined };
  const session = { state, config: { zones: {} }, tokens: { keystore: async () => keystore }, appendAll: () => 0 };
  return session as unknown as Session;
}

async function adopt(publicKey: Uint8Array, past = false): Promise<readonly LoggedKey[]> {
  const dnskey = dnskeyRdata(257, 13, publicKey);
  const claim = { from: 'other', where: 'keys', algorithm: 13, keyTag: keyTag(dnskey), dnskey } as const;
  return adoptKeys(sessionWith(publicKey, past), { zone: 'a.net.', claims: [claim], model: 'ksk-zsk' });
}

test('"key tags unique over zone and parent history": a key whose tag a key of the parent has, or had, is not adopted', async () => {
  const taken = { code: 'key/tag-taken', message: expect.stringMatching(/is also that of the KSK \d+ of net\./) };
  await expect(adopt(SAME_TAG)).rejects.toMatchObject(taken);
  await expect(adopt(SAME_TAG, true)).rejects.toMatchObject(taken);
});

test('one key that zone and parent share is adopted', async () => {
  expect((await adopt(PUBLIC_KEY)).map(({ zone, id }) => [zone, id])).toEqual([['a.net.', 'bb']]);
});
