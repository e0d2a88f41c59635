import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { WireName } from '../../../signer/dns/name.ts';
import type { Packed } from '../../../signer/signing-key.ts';
import type { ZoneKey } from '../../../signer/zone-key.ts';
import { attemptWrite } from '../../workspace/not-writable.ts';
import { dataName, printSegmentHead, RECORD_AT, RECORD_HEAD_OCTETS } from './segment.ts';

const BUFFER_OCTETS = 1 << 16;
/** A file of this size is followed by another one. */
const SEGMENT_OCTETS = 1 << 28;
/** What a power cut may cost. */
const SYNC_MS = 1000;

export const SEGMENT_SUFFIX = '.signatures';

/** Writes signatures as they are made. There is no file before the first of them is written. */
export class SignatureSpool implements Disposable {
  readonly #folder: string;
  readonly #apex: WireName;
  readonly #keys: readonly ZoneKey[];
  readonly #recordOctets: number;
  readonly #clock: () => number;
  readonly #buffer: Uint8Array;
  #length = 0;
  #fd: number | undefined;
  #octets = 0;
  #number: number;
  #written: number;
  #synced: number;

  /** @param number of the first file, above those that are there */
  constructor(folder: string, number: number, apex: WireName, keys: readonly ZoneKey[], clock: () => number = () => performance.now()) {
    this.#folder = folder;
    this.#number = number;
    this.#apex = apex;
    this.#keys = keys;
    this.#clock = clock;
    this.#recordOctets = RECORD_HEAD_OCTETS + Math.max(0, ...keys.map(({ key }) => key.signatureOctets));
    this.#buffer = new Uint8Array(Math.max(BUFFER_OCTETS, this.#recordOctets));
    this.#written = clock();
    this.#synced = this.#written;
  }

  /**
   * @param key index of the key
   * @param batch what is signed
   * @param signatures one per item, verified
   * @throws Fault file/not-writable
   */
  append(key: number, batch: Packed, signatures: Uint8Array): void {
    const size = this.#keys[key]!.key.signatureOctets;
    let start = 0;
    for (let i = 0; i < batch.ends.length; i++) {
      if (this.#length + this.#recordOctets > this.#buffer.length) this.#write();
      const end = batch.ends[i]!;
      this.#put(key, batch.bytes.subarray(start, end), signatures.subarray(i * size, (i + 1) * size));
      start = end;
    }
    const now = this.#clock();
    if (now - this.#written >= SYNC_MS) this.#write();
    if (now - this.#synced >= SYNC_MS) this.#sync(now);
  }

  /** Everything so far is on the disk. @throws Fault file/not-writable */
  flush(): void {
    this.#write();
    this.#sync(this.#clock());
  }

  /** What was not flushed is lost. */
  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #put(key: number, data: Uint8Array, signature: Uint8Array): void {
    const at = this.#length;
    const view = new DataView(this.#buffer.buffer, at, this.#recordOctets);
    const { length, first, second } = dataName(data);
    const times = new DataView(data.buffer, data.byteOffset + 8, 8);
    view.setUint32(0, 0);
    view.setUint8(RECORD_AT.key, key);
    view.setUint32(RECORD_AT.length, length);
    view.setUint32(RECORD_AT.first, first);
    view.setUint32(RECORD_AT.second, second);
    view.setUint32(RECORD_AT.expiration, times.getUint32(0));
    view.setUint32(RECORD_AT.inception, times.getUint32(4));
    this.#buffer.set(signature, at + RECORD_HEAD_OCTETS);
    this.#buffer.fill(0, at + RECORD_HEAD_OCTETS + signature.length, at + this.#recordOctets);
    this.#length += this.#recordOctets;
  }

  #write(): void {
    this.#written = this.#clock();
    if (this.#length === 0) return;
    attemptWrite(this.#folder, () => {
      if (this.#octets >= SEGMENT_OCTETS) this.#close();
      this.#fd ??= this.#open();
      writeWhole(this.#fd, this.#buffer.subarray(0, this.#length));
    });
    this.#octets += this.#length;
    this.#length = 0;
  }

  #open(): number {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const name = `${this.#number++}${SEGMENT_SUFFIX}`;
    const fd = openSync(join(this.#folder, name), 'wx', 0o600);
    const dnskeys = this.#keys.map(({ key }) => key.dnskey);
    writeWhole(fd, printSegmentHead({ apex: this.#apex, recordOctets: this.#recordOctets, dnskeys }));
    this.#octets = 0;
    return fd;
  }

  #close(): void {
    this.#sync(this.#clock());
    this[Symbol.dispose]();
  }

  #sync(now: number): void {
    this.#synced = now;
    if (this.#fd !== undefined) attemptWrite(this.#folder, () => fsyncSync(this.#fd!));
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
}
