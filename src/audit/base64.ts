/** Standard alphabet with padding (RFC 4648 4). */
export function toBase64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64');
}

/** @returns undefined unless the text is the one encoding of its octets: no spaces, padded, no bits left over */
export function fromBase64(text: string): Uint8Array | undefined {
  const octets = Buffer.from(text, 'base64');
  return octets.toString('base64') === text ? new Uint8Array(octets) : undefined;
}
