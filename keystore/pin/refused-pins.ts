import { randomBytes, scryptSync } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import { RecordLock } from './record-lock.ts';

/** What a token tells of the tries that are left, from good to bad. */
export const PIN_STATES = ['fine', 'count-low', 'final-try', 'locked'] as const;
export type PinState = (typeof PIN_STATES)[number];

interface TokenRecord {
  readonly label: string;
  readonly serial: string;
  /** Hexadecimal; the same for all PINs of the token, so that one comparison is one derivation. */
  readonly salt: string;
  /** scrypt of refused PINs, hexadecimal. */
  readonly digests: readonly string[];
  /** A login was begun and its outcome is not on record: what the token told before. The PIN itself is not here: it may be the right one. */
  readonly begun?: PinState;
}

const FORMAT = 1;
const SALT_OCTETS = 16;
/** A PIN is short: each guess at it must cost. 64 MiB and some tenths of a second. */
const COST = { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 27 };
const DIGEST_OCTETS = 32;

/**
 * The PINs that a token has refused, kept over the end of the program so that none is ever tried twice: a token counts wrong PINs and then
 * locks for good. A login that is begun is noted too: the program may be killed before the token answers. In the keystore child only. The file is JSON, mode 0600, complete or as it was; without a refused PIN there is none.
 */
export class RefusedPins {
  readonly #path: string;
  readonly #label: string;
  readonly #serial: string;

  constructor(path: string, token: { readonly label: string; readonly serial: string }) {
    this.#path = path;
    this.#label = token.label;
    this.#serial = token.serial;
  }

  /** @throws Refusal pin/refused-before, pin/bad-record */
  refuseKnown(pin: Uint8Array): void {
    const own = this.#own(this.#read());
    if (own === undefined || own.digests.length === 0) return;
    const digest = digestOf(pin, own.salt);
    if (!own.digests.some((known) => equalBytes(Uint8Array.fromHex(known), digest))) return;
    throw new Refusal(
      'pin/refused-before',
      `token ${this.#label} (serial ${this.#serial}) has refused this PIN before; it was not tried again, since wrong PINs lock a token`,
      `find the right PIN; if the PIN of the token was since set to this one, delete ${this.#path}`,
    );
  }

  /**
   * Before a login: was there one whose outcome nobody has seen, and has the token counted a wrong PIN since?
   * @throws Refusal pin/in-doubt, pin/bad-record
   */
  refuseDoubtful(now: PinState): void {
    const before = this.#own(this.#read())?.begun;
    if (before === undefined || PIN_STATES.indexOf(now) <= PIN_STATES.indexOf(before)) return;
    throw new Refusal(
      'pin/in-doubt',
      `a login to token ${this.#label} (serial ${this.#serial}) was interrupted, and since then the token counts a wrong PIN (${before} before, ${now} now)`,
      `the PIN that was given then may be the wrong one: find out which is right, then delete ${this.#path}`,
    );
  }

  /** A login is about to be tried; {@link add} or {@link clear} ends it. @throws Error where the file cannot be written */
  begin(now: PinState): void {
    this.#change((own) => ({ salt: own?.salt ?? newSalt(), digests: own?.digests ?? [], begun: now }));
  }

  /** @throws Error where the file cannot be written */
  add(pin: Uint8Array): void {
    this.#change((own) => {
      const salt = own?.salt ?? newSalt();
      return { salt, digests: [...(own?.digests ?? []), digestOf(pin, salt).toHex()] };
    });
  }

  /** After a good login. */
  clear(): void {
    if (this.#own(this.#read()) !== undefined) this.#change(() => undefined);
  }

  /** The record of the token replaced, by one program at a time: what another one writes meanwhile would be lost. */
  #change(make: (own: TokenRecord | undefined) => Omit<TokenRecord, 'label' | 'serial'> | undefined): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    using _lock = new RecordLock(`${this.#path}.lock`);
    const records = this.#read();
    const own = make(this.#own(records));
    const others = this.#others(records);
    this.#write(own === undefined ? others : [...others, { label: this.#label, serial: this.#serial, ...own }]);
  }

  #own(records: readonly TokenRecord[]): TokenRecord | undefined {
    return records.find(({ label, serial }) => label === this.#label && serial === this.#serial);
  }

  #others(records: readonly TokenRecord[]): readonly TokenRecord[] {
    return records.filter(({ label, serial }) => label !== this.#label || serial !== this.#serial);
  }

  #read(): readonly TokenRecord[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return [];
      throw badRecord(this.#path, `it cannot be read (${(cause as NodeJS.ErrnoException).code})`);
    }
    return parseRecords(text, this.#path);
  }

  #write(tokens: readonly TokenRecord[]): void {
    if (tokens.length === 0) {
      rmSync(this.#path, { force: true });
      return;
    }
    const temporary = `${this.#path}.${process.pid}.${randomBytes(8).toString('hex')}.partial`;
    try {
      const fd = openSync(temporary, 'wx', 0o600);
      try {
        writeFileSync(fd, `${JSON.stringify({ format: FORMAT, tokens }, null, 2)}\n`);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, this.#path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }
}

/** For commands without workspace (XDG Base Directory Specification). */
export function userRefusedPins(environment: NodeJS.ProcessEnv): string {
  const state = environment['XDG_STATE_HOME'];
  return join(state?.startsWith('/') === true ? state : join(homedir(), '.local', 'state'), 'coldsign', 'refused-pins.json');
}

const newSalt = (): string => randomBytes(SALT_OCTETS).toString('hex');

function digestOf(pin: Uint8Array, salt: string): Uint8Array {
  return scryptSync(pin, Uint8Array.fromHex(salt), DIGEST_OCTETS, COST);
}

function parseRecords(text: string, path: string): readonly TokenRecord[] {
  let parsed: { format?: unknown; tokens?: unknown };
  try {
    parsed = JSON.parse(text);
  } catch {
    throw badRecord(path, 'it is not JSON');
  }
  const { format, tokens } = parsed ?? {};
  if (format !== FORMAT || !Array.isArray(tokens) || !tokens.every(isRecord)) throw badRecord(path, `it is not of format ${FORMAT}`);
  return tokens;
}

function isRecord(value: Partial<TokenRecord> | null): value is TokenRecord {
  const isHex = (text: unknown): boolean => typeof text === 'string' && /^([0-9a-f]{2})+$/.test(text);
  return (
    typeof value?.label === 'string' &&
    typeof value.serial === 'string' &&
    isHex(value.salt) &&
    Array.isArray(value.digests) &&
    value.digests.every(isHex) &&
    (value.begun === undefined || PIN_STATES.includes(value.begun))
  );
}

/** Without it nobody can say whether a PIN was refused before: no login on a guess. */
function badRecord(path: string, why: string): Refusal {
  return new Refusal(
    'pin/bad-record',
    `the record of refused PINs ${path} is not usable: ${why}`,
    'see with coldsign token list whether the PIN is close to being locked; then delete the file',
  );
}
