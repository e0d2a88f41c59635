import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

/** The other side of the protocols, written from the specifications alone: nothing here is the program's. */

/** A witness of one log (C2SP tlog-witness, tlog-cosignature), with a new key at each making. */
export class Witness {
  readonly name: string;
  readonly #privateKey: KeyObject;
  readonly #publicKey: Buffer;
  readonly #log: { readonly vkey: string };
  /** What it has cosigned last. */
  size = 0;
  #root: Buffer = Buffer.alloc(0);

  constructor(name: string, log: { readonly vkey: string }) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.name = name;
    this.#privateKey = privateKey;
    this.#publicKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    this.#log = log;
  }

  get vkey(): string {
    return `${this.name}+${this.#keyId().toString('hex')}+${Buffer.concat([Buffer.of(4), this.#publicKey]).toString('base64')}`;
  }

  /** add-checkpoint. @returns signature line, with its line feed */
  receive(body: string, time: number): string {
    const [proofPart = '', text = '', signatures = ''] = body.split('\n\n');
    const [oldLine = '', ...proof] = proofPart.split('\n');
    const [, size = '', root = ''] = `${text}`.split('\n');
    const old = Number(/^old (0|[1-9][0-9]*)$/.exec(oldLine)?.[1]);
    const noteText = `${text}\n`;
    if (!isSignedByLog(noteText, signatures, this.#log.vkey)) throw new Error('403: not signed by the log');
    if (old > Number(size)) throw new Error('400: old is above the size');
    if (old !== this.size) throw new Error(`409: ${this.size}`);
    const hashes = proof.map((line) => Buffer.from(line, 'base64'));
    if (old > 0 && !isConsistent([old, this.#root], [Number(size), Buffer.from(root, 'base64')], hashes))
      throw new Error('422: not consistent');
    if (old === 0 && hashes.length > 0) throw new Error('422: a proof from nothing');
    this.size = Number(size);
    this.#root = Buffer.from(root, 'base64');
    return this.cosign(noteText, time);
  }

  /** Signs whatever it is given. */
  cosign(text: string, time: number): string {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), this.#privateKey);
    return `— ${this.name} ${Buffer.concat([this.#keyId(), stamp, signature]).toString('base64')}\n`;
  }

  #keyId(): Buffer {
    return sha256(Buffer.from(`${this.name}\n`), Buffer.of(4), this.#publicKey).subarray(0, 4);
  }
}

/** C2SP tlog-proof. @param entry its exact octets */
export function isProven(entry: string, proof: string, vkey: string): boolean {
  const [head = '', text = '', signatures = ''] = proof.split('\n\n');
  const [version, indexLine = '', ...hashes] = head.split('\n');
  const [, size = '', root = ''] = text.split('\n');
  const index = Number(/^index (0|[1-9][0-9]*)$/.exec(indexLine)?.[1]);
  if (version !== 'c2sp.org/tlog-proof@v1' || !(index < Number(size)) || !isSignedByLog(`${text}\n`, signatures, vkey)) return false;
  // RFC 9162 2.1.3.2
  let [fn, sn] = [index, Number(size) - 1];
  let r = sha256(Buffer.of(0), Buffer.from(entry, 'latin1'));
  for (const p of hashes.map((line) => Buffer.from(line, 'base64'))) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = sha256(Buffer.of(1), p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >>> 1, sn >>> 1];
    } else r = sha256(Buffer.of(1), r, p);
    [fn, sn] = [fn >>> 1, sn >>> 1];
  }
  return sn === 0 && r.toString('base64') === root;
}

/** RFC 9162 2.1.4.2 */
function isConsistent([first, firstHash]: [number, Buffer], [second, secondHash]: [number, Buffer], proof: readonly Buffer[]): boolean {
  if (first === second) return proof.length === 0 && firstHash.equals(secondHash);
  const path = Number.isInteger(Math.log2(first)) ? [firstHash, ...proof] : [...proof];
  let [fn, sn] = [first - 1, second - 1];
  while (fn % 2 === 1) [fn, sn] = [fn >>> 1, sn >>> 1];
  let fr = path.shift()!;
  let sr = fr;
  for (const c of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = sha256(Buffer.of(1), c, fr);
      sr = sha256(Buffer.of(1), c, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >>> 1, sn >>> 1];
    } else sr = sha256(Buffer.of(1), sr, c);
    [fn, sn] = [fn >>> 1, sn >>> 1];
  }
  return sn === 0 && fr.equals(firstHash) && sr.equals(secondHash);
}

/** C2SP signed-note, Ed25519 and P-256. */
function isSignedByLog(text: string, signatures: string, vkey: string): boolean {
  const [name = '', id = '', base64 = ''] = [vkey.split('+')[0], vkey.split('+')[1], vkey.split('+').slice(2).join('+')];
  const key = Buffer.from(base64, 'base64');
  const isEd25519 = key[0] === 1;
  const der = isEd25519 ? Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]) : key.subarray(1);
  const object = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return signatures.split('\n').some((line) => {
    const [, signer, blob = ''] = line.split(' ');
    const octets = Buffer.from(blob, 'base64');
    if (signer !== name || octets.subarray(0, 4).toString('hex') !== id) return false;
    return verify(isEd25519 ? null : 'sha256', Buffer.from(text), object, octets.subarray(4));
  });
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
