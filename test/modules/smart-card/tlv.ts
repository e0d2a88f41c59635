/** One data object of ISO 7816-4: tag in hexadecimal, value, and the octets of both. */
export interface Tlv {
  readonly tag: string;
  readonly value: Buffer;
  readonly octets: Buffer;
}

/** @param tag in hexadecimal, one or two octets */
export function tlv(tag: string, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(tag, 'hex'), Buffer.from(head), value]);
}

/** The data objects that the octets consist of. @throws RangeError */
export function parseTlv(octets: Buffer): readonly Tlv[] {
  const found: Tlv[] = [];
  let at = 0;
  while (at < octets.length) {
    const start = at;
    const isLong = (octets.readUInt8(at) & 0x1f) === 0x1f;
    const tag = octets.subarray(at, at + (isLong ? 2 : 1)).toString('hex');
    at += isLong ? 2 : 1;
    const first = octets.readUInt8(at++);
    const lengthOctets = first & 0x80 ? first & 0x7f : 0;
    const length = lengthOctets === 0 ? first : octets.readUIntBE(at, lengthOctets);
    at += lengthOctets;
    found.push({ tag, value: octets.subarray(at, at + length), octets: octets.subarray(start, at + length) });
    at += length;
  }
  return found;
}

/** Value of the first data object with this tag. @throws RangeError there is none */
export function valueIn(objects: readonly Tlv[], tag: string): Buffer {
  const found = objects.find((object) => object.tag === tag);
  if (found === undefined) throw new RangeError(`no data object ${tag}`);
  return found.value;
}
