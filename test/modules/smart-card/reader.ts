import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { SmartCard } from './card.ts';

/** TS, T0, historical bytes: by this pcscd and OpenSC know a SmartCard-HSM. */
const ATR = Buffer.from('3bfe1800008131fe458031815448534d31738021408107fa', 'hex');
/** Where the reader driver vpcd waits for cards. */
const VPCD_PORT = 35_963;
/** Messages of one octet: power off, power on, reset, and the question for the ATR. */
const ASK_ATR = 4;

export interface Inserted {
  /** Takes the card out of the reader. */
  pull(): void;
}

/**
 * Puts the card into the reader of vpcd: each message, in both directions, is length(2) octets.
 * @param isPulledAt asked before each answer: is the card taken out in the midst of this command?
 */
export async function insertCard(card: SmartCard, isPulledAt: (command: Buffer) => boolean = () => false): Promise<Inserted> {
  const socket = connect(VPCD_PORT, '127.0.0.1');
  await once(socket, 'connect');
  card.powerUp();
  let pending = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (piece: Buffer) => {
    pending = Buffer.concat([pending, piece]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const message = pending.subarray(2, end);
      pending = pending.subarray(end);
      if (message.length > 1 && isPulledAt(message)) socket.destroy();
      else handle(card, socket, message);
    }
  });
  return { pull: () => socket.destroy() };
}

function handle(card: SmartCard, socket: Socket, message: Buffer): void {
  if (message.length === 1) {
    if (message[0] === ASK_ATR) send(socket, ATR);
    else card.powerUp();
    return;
  }
  send(socket, card.answer(message));
}

function send(socket: Socket, octets: Buffer): void {
  if (socket.destroyed) return;
  socket.write(Buffer.concat([Buffer.of(octets.length >> 8, octets.length & 255), octets]));
}
