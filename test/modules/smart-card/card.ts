import { randomBytes } from 'node:crypto';
import { answer, type Command, MAX_LE, parseCommand, SW } from './apdu.ts';
import { type CardKey, certificateOf, deviceKey, generateCardKey, requestOf, signWith } from './card-key.ts';
import { parseTlv, tlv, valueIn } from './tlv.ts';

export const CARD_PIN = '648219';
const SO_PIN = Buffer.from('3537363231383830', 'hex');
const SERIAL = 'SOFTCARD001';
const HOLDER = `${SERIAL}00001`;
const APPLET = Buffer.from('e82b0601040181c31f0201', 'hex');
const DEVICE_CERTIFICATE = 0x2f02;
/** File identifiers of keys: this octet, then the number of the key. */
const KEY_FILES = 0xcc;
const MAX_TRIES = 3;
const USER_PIN = 0x81;

/**
 * A SmartCard-HSM in software, as far as the driver of OpenSC asks for it: files, PIN with three tries, keys on the NIST curves and RSA.
 * Written from what the driver sends; it protects nothing.
 */
export class SmartCard {
  readonly #files = new Map<number, Buffer>([[DEVICE_CERTIFICATE, certificateOf(deviceKey(), HOLDER)]]);
  readonly #keys = new Map<number, CardKey>();
  #tries = MAX_TRIES;
  #isAuthenticated = false;
  #current = 0;
  /** Signatures made since the card was new. */
  signatures = 0;

  /** As at every insertion: files and keys stay, the login does not. */
  powerUp(): void {
    this.#isAuthenticated = false;
    this.#current = 0;
  }

  /** @returns data and status octets */
  answer(octets: Buffer): Buffer {
    try {
      return this.#execute(parseCommand(octets));
    } catch {
      return answer(SW.failure);
    }
  }

  #execute(command: Command): Buffer {
    switch (command.ins) {
      case 0xa4:
        return this.#select(command);
      case 0xb1:
        return this.#read(command);
      case 0x58:
        return answer(SW.ok, Buffer.from(this.#listing()));
      case 0x20:
        return this.#verifyPin(command);
      case 0x2c:
        return this.#unblock(command);
      case 0x84:
        return answer(SW.ok, randomBytes(Math.min(command.le || 8, 1024)));
      default:
        return this.#isAuthenticated ? this.#change(command) : answer(isKnown(command) ? SW.notAuthenticated : SW.unknownInstruction);
    }
  }

  #change(command: Command): Buffer {
    switch (command.ins) {
      case 0xd7:
        return this.#update(command);
      case 0xe4:
        return this.#remove(command);
      case 0x46:
        return this.#generate(command);
      case 0x68:
        return this.#sign(command);
      default:
        return answer(SW.unknownInstruction);
    }
  }

  #select({ p1, data }: Command): Buffer {
    if (p1 === 4) {
      if (!APPLET.subarray(0, data.length).equals(data)) return answer(SW.notFound);
      this.#isAuthenticated = false;
      const facts = [tlv('81', Buffer.of(0xff, 0xff)), tlv('82', Buffer.of(0x38)), tlv('85', Buffer.from('000000ff0305', 'hex'))];
      return answer(SW.ok, tlv('6f', ...facts));
    }
    const file = data.readUInt16BE(data.length - 2);
    const isKey = file >> 8 === KEY_FILES && this.#keys.has(file & 255);
    const octets = this.#files.get(file)?.length ?? (isKey ? 0 : undefined);
    if (octets === undefined) return answer(SW.notFound);
    this.#current = file;
    const facts = [tlv('80', uint16(octets)), tlv('82', Buffer.of(1)), tlv('83', uint16(file))];
    return answer(SW.ok, tlv('6f', ...facts));
  }

  #read(command: Command): Buffer {
    const content = this.#files.get(this.#fileOf(command));
    if (content === undefined) return answer(SW.notFound);
    const start = valueIn(parseTlv(command.data), '54').readUInt16BE(0);
    const part = content.subarray(start, start + command.le);
    return answer(part.length < command.le && command.le < MAX_LE ? SW.endOfFile : SW.ok, part);
  }

  #update(command: Command): Buffer {
    const objects = parseTlv(command.data);
    const start = valueIn(objects, '54').readUInt16BE(0);
    const value = valueIn(objects, '53');
    const file = this.#fileOf(command);
    const old = this.#files.get(file) ?? Buffer.alloc(0);
    const content = Buffer.alloc(Math.max(old.length, start + value.length));
    content.set(old);
    content.set(value, start);
    this.#files.set(file, content);
    this.#current = file;
    return answer(SW.ok);
  }

  #remove({ data }: Command): Buffer {
    const file = data.readUInt16BE(0);
    const wasThere = this.#files.delete(file) || (file >> 8 === KEY_FILES && this.#keys.delete(file & 255));
    return answer(wasThere ? SW.ok : SW.notFound);
  }

  #listing(): number[] {
    const keys = [...this.#keys.keys()].flatMap((number) => [KEY_FILES, number]);
    const files = [...this.#files.keys()].filter((file) => file !== DEVICE_CERTIFICATE);
    return [...keys, ...files.flatMap((file) => [file >> 8, file & 255])];
  }

  /** Without data: how many tries are left. */
  #verifyPin({ p2, data }: Command): Buffer {
    if (p2 !== USER_PIN) return answer(p2 === 0x88 ? SW.wrongPin | 15 : SW.noSuchReference);
    if (data.length === 0) return answer(this.#isAuthenticated ? SW.ok : this.#triesLeft());
    if (this.#tries === 0) return answer(SW.pinBlocked);
    this.#isAuthenticated = data.equals(Buffer.from(CARD_PIN));
    this.#tries = this.#isAuthenticated ? MAX_TRIES : this.#tries - 1;
    return answer(this.#isAuthenticated ? SW.ok : this.#triesLeft());
  }

  #triesLeft(): number {
    return this.#tries === 0 ? SW.pinBlocked : SW.wrongPin | this.#tries;
  }

  #unblock({ data }: Command): Buffer {
    if (!data.subarray(0, SO_PIN.length).equals(SO_PIN)) return answer(SW.wrongPin | 14);
    this.#tries = MAX_TRIES;
    return answer(SW.ok);
  }

  #generate({ p1, data }: Command): Buffer {
    const key = generateCardKey(valueIn(parseTlv(data), '7f49'));
    if (key === undefined) return answer(SW.wrongData);
    this.#keys.set(p1, key);
    return answer(SW.ok, requestOf(key, HOLDER));
  }

  #sign({ p1, p2, data }: Command): Buffer {
    const key = this.#keys.get(p1);
    if (key === undefined) return answer(SW.noSuchReference);
    this.signatures++;
    const signature = signWith(key, p2, data);
    return signature === undefined ? answer(SW.wrongP1P2) : answer(SW.ok, signature);
  }

  #fileOf({ p1, p2 }: Command): number {
    return (p1 << 8) | p2 || this.#current;
  }
}

function isKnown({ ins }: Command): boolean {
  return [0xd7, 0xe4, 0x46, 0x68].includes(ins);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255);
}
