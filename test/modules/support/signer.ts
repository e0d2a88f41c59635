/**
 * Run as a process of its own, where the token is: opens it, makes or finds a key, and then signs as often as it is told to.
 * Argument: the token's URI, with id= for a key that is there. Lines on standard input: `sign N`. Each is answered by a line of JSON
 * (SignerAnswer); the first line tells the key.
 */
import { createInterface } from 'node:readline';
import { openKeystore } from '../../../keystore/keystore.ts';
import { choosePinSource } from '../../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { toHex } from '../../../signer/dns/bytes.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { Fault, Refusal } from '../../../signer/errors.ts';
import type { SignerAnswer } from './remote-signer.ts';

const uri = parsePkcs11Uri(process.argv[2]!);
const tell = (answer: SignerAnswer): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

try {
  await using store = await openKeystore({ uri, pin: choosePinSource(uri), verifyWorkers: 1, workers: 1, backoffMs: 20 });
  const id = uri.id ?? (await store.generate({ zone: parseName('example.org.'), role: 'zsk', algorithm: 13 })).id;
  const key = await store.openSigningKey({ uri: { id } });
  tell({ kind: 'ready', id: toHex(id), dnskey: toHex(key.dnskey) });
  for await (const line of createInterface({ input: process.stdin })) {
    const count = Number(line.split(' ')[1]);
    const batch = { bytes: new Uint8Array(count * 8).fill(7), ends: Uint32Array.from({ length: count }, (_, i) => (i + 1) * 8) };
    try {
      // Each signature has been verified against the DNSKEY by then.
      tell({ kind: 'signed', count: (await key.sign(batch)).length / key.signatureOctets });
    } catch (error) {
      tell(failed(error));
    }
  }
} catch (error) {
  tell(failed(error));
}

function failed(error: unknown): SignerAnswer {
  if (!(error instanceof Refusal || error instanceof Fault)) throw error;
  return { kind: 'failed', code: error.code, text: error.message };
}
