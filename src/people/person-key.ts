import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { z } from 'zod';
import { newPassphraseProtection, passphraseKey } from '../../keystore/backup/passphrase.ts';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import { fromBase64, toBase64 } from '../audit/base64.ts';
import type { NoteSigner } from '../audit/note-key.ts';
import { isNoteName, parseVkey, printVkey, vkeyOf } from '../audit/vkey.ts';

/**
 * The key by which one person agrees, Ed25519, in a file that the person keeps:
 *
 *     coldsign person key 1 LF
 *     one line of JSON: vkey (C2SP), and how the passphrase is stretched (scrypt, RFC 7914) LF
 *     base64 of nonce(12) private key(32, AES-256-GCM) tag(16) LF
 *
 * Both lines are authenticated with the key. The vkey stands in coldsign.yaml; what it has signed is checked without the file.
 */
const MAGIC = 'coldsign person key 1';
const NONCE_OCTETS = 12;
const SEED_OCTETS = 32;
const TAG_OCTETS = 16;

/** PrivateKeyInfo of Ed25519 up to the 32 octets of the key (RFC 8410 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The bounds of scrypt keep a forged file from asking for all memory. */
const HEAD = z.strictObject({
  vkey: z.string().max(1024),
  protection: z.strictObject({
    kind: z.literal('passphrase'),
    n: z
      .int()
      .min(2 ** 14)
      .max(2 ** 20),
    r: z.int().min(8).max(16),
    p: z.int().min(1).max(4),
    salt: z.string().regex(/^[0-9a-f]{32,128}$/),
  }),
});

export interface NewPersonKey {
  /** For `people: NAME: key:` in coldsign.yaml. */
  readonly vkey: string;
  /** Text of the file. */
  readonly file: string;
}

/**
 * @param name short name of the person in coldsign.yaml
 * @param passphrase octets as they were typed
 * @throws Refusal person/bad-name, backup/weak-passphrase
 */
export async function newPersonKey(name: string, passphrase: Uint8Array): Promise<NewPersonKey> {
  if (!isNoteName(name))
    throw new Refusal('person/bad-name', `"${name}" holds a blank, a plus sign or nothing`, 'take the short name of coldsign.yaml');
  const protection = newPassphraseProtection(passphrase, 'a person key');
  const { privateKey } = generateKeyPairSync('ed25519');
  const vkey = printVkey(vkeyOf(signerOf(name, privateKey)));
  const head = `${MAGIC}\n${JSON.stringify({ vkey, protection })}\n`;
  const key = await passphraseKey(passphrase, protection);
  const seed = privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(PKCS8_HEAD.length);
  const nonce = randomBytes(NONCE_OCTETS);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(head));
  const sealed = Buffer.concat([nonce, cipher.update(seed), cipher.final(), cipher.getAuthTag()]);
  key.fill(0);
  seed.fill(0);
  return { vkey, file: `${head}${toBase64(sealed)}\n` };
}

/**
 * @returns the vkey that the file says it is of; nothing is proved by it
 * @throws Refusal person/bad-file
 */
export function vkeyOfFile(text: string, path: string): string {
  return partsOf(text, path).head.vkey;
}

/**
 * @throws Refusal person/bad-file, person/wrong-passphrase: also where the file was changed
 */
export async function openPersonKey(text: string, path: string, passphrase: Uint8Array): Promise<NoteSigner> {
  const { head, lines, sealed } = partsOf(text, path);
  const key = await passphraseKey(passphrase, head.protection);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_OCTETS), { authTagLength: TAG_OCTETS });
  key.fill(0);
  decipher.setAAD(Buffer.from(lines));
  decipher.setAuthTag(sealed.subarray(-TAG_OCTETS));
  const seed = decipher.update(sealed.subarray(NONCE_OCTETS, -TAG_OCTETS));
  try {
    decipher.final();
  } catch {
    seed.fill(0);
    throw new Refusal(
      'person/wrong-passphrase',
      `the passphrase is not that of ${path}, or the file was changed`,
      'type the passphrase again; if it is right, take a copy of the file',
    );
  }
  const pkcs8 = Buffer.concat([PKCS8_HEAD, seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  seed.fill(0);
  const { name, publicKey } = parseVkey(head.vkey);
  const signer = signerOf(name, privateKey);
  if (!equalBytes(signer.publicKey, publicKey)) throw badFile(path, `its key is not that of ${head.vkey}`);
  return signer;
}

function signerOf(name: string, privateKey: KeyObject): NoteSigner {
  const publicKey = createPublicKey(privateKey);
  return {
    name,
    kind: 'ed25519',
    publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-SEED_OCTETS)),
    sign: async (text) => {
      const signature = sign(null, text, privateKey);
      if (!verify(null, text, publicKey, signature)) throw new RangeError('an Ed25519 signature did not verify');
      return new Uint8Array(signature);
    },
  };
}

function partsOf(text: string, path: string) {
  const [magic, json = '', base64 = '', ...more] = text.split('\n');
  if (magic !== MAGIC) throw badFile(path, `its first line is ${JSON.stringify((magic ?? '').slice(0, 40))}, not ${JSON.stringify(MAGIC)}`);
  const head = readHead(json);
  const sealed = fromBase64(base64);
  if (head === undefined || more.length !== 1 || more[0] !== '' || sealed?.length !== NONCE_OCTETS + SEED_OCTETS + TAG_OCTETS)
    throw badFile(path, 'it was cut off or changed');
  return { head, lines: `${magic}\n${json}\n`, sealed: Buffer.from(sealed) };
}

function readHead(json: string): z.infer<typeof HEAD> | undefined {
  try {
    const head = HEAD.parse(JSON.parse(json));
    parseVkey(head.vkey);
    return JSON.stringify(head) === json ? head : undefined;
  } catch {
    return undefined;
  }
}

function badFile(path: string, why: string): Refusal {
  return new Refusal(
    'person/bad-file',
    `${path} is no person key: ${why}`,
    'name the file that coldsign person new has written, or a copy of it',
  );
}
