import { generateKeyPairSync, sign } from 'node:crypto';
import { cosignedText, printSignatureLine } from '../../src/audit/note.ts';
import type { NoteSigner } from '../../src/audit/note-key.ts';
import { keyIdOf, type VerifierKey } from '../../src/audit/vkey.ts';

/** A note key in software, for tests alone; a new one at each call. */
export function memoryNoteSigner(name: string, kind: NoteSigner['kind'] = 'ed25519'): NoteSigner {
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  return {
    name,
    kind,
    publicKey: kind === 'ed25519' ? spki.slice(-32) : spki,
    sign: async (text) => new Uint8Array(sign(kind === 'ed25519' ? null : 'sha256', text, privateKey)),
  };
}

/** A witness in software (C2SP tlog-cosignature, Ed25519). */
export interface MemoryWitness {
  readonly key: VerifierKey;
  /** @returns the signature line with its line feed */
  cosign(text: string, time: number): string;
}

export function memoryWitness(name: string): MemoryWitness {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const octets = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })).slice(-32);
  const keyId = keyIdOf(name, 'cosignature', octets);
  return {
    key: { name, keyId, kind: 'cosignature', publicKey: octets },
    cosign(text, time) {
      const stamp = Buffer.alloc(8);
      stamp.writeBigUInt64BE(BigInt(time));
      const signature = sign(null, Buffer.from(cosignedText(time, text)), privateKey);
      return printSignatureLine({ name, keyId, signature: new Uint8Array(Buffer.concat([stamp, signature])) });
    },
  };
}
