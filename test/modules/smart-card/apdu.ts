/** A command to a card (ISO 7816-4 5.1). */
export interface Command {
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Buffer;
  /** How much the answer may hold; 0 if none is wanted. */
  readonly le: number;
}

export const MAX_LE = 65_536;

export const SW = {
  ok: 0x9000,
  endOfFile: 0x6282,
  /** The lowest digit counts the tries that are left. */
  wrongPin: 0x63c0,
  notAuthenticated: 0x6982,
  pinBlocked: 0x6983,
  wrongData: 0x6a80,
  notFound: 0x6a82,
  wrongP1P2: 0x6a86,
  noSuchReference: 0x6a88,
  unknownInstruction: 0x6d00,
  failure: 0x6f00,
} as const;

/** Short and extended lengths. */
export function parseCommand(octets: Buffer): Command {
  const [, ins, p1, p2] = octets as unknown as readonly [number, number, number, number];
  const body = octets.subarray(4);
  const command = (data: Buffer, le: number): Command => ({ ins, p1, p2, data, le });
  if (body.length === 0) return command(body, 0);
  if (body.length === 1) return command(Buffer.alloc(0), body[0] || 256);
  if (body[0] !== 0) {
    const end = 1 + body[0]!;
    return command(body.subarray(1, end), body.length > end ? body[end] || 256 : 0);
  }
  if (body.length === 3) return command(Buffer.alloc(0), body.readUInt16BE(1) || MAX_LE);
  const end = 3 + body.readUInt16BE(1);
  return command(body.subarray(3, end), body.length > end ? body.readUInt16BE(end) || MAX_LE : 0);
}

export function answer(status: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, Buffer.of(status >> 8, status & 255)]);
}
