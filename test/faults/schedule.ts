/**
 * Random fault schedules: what fails during one signing run, as lines for the fault module. The same seed and number give the same lines.
 * Most schedules are such that the run can succeed after some recovery; some are hopeless, and must end in an error.
 */
export interface Schedule {
  readonly number: number;
  /** The token is opened under these faults; else a keystore that is open already meets them. */
  readonly isFresh: boolean;
  readonly lines: readonly string[];
}

/** Messages of a run. */
export const RUN_LENGTH = 24;

export function makeSchedule(seed: number, number: number): Schedule {
  const random = new Random(seed, number);
  const isFresh = random.below(12) === 0;
  const count = 1 + random.below(3);
  return { number, isFresh, lines: Array.from({ length: count }, () => makeLine(random, isFresh)) };
}

const OPENING = ['C_Initialize', 'C_GetSlotList', 'C_GetTokenInfo', 'C_OpenSession', 'C_GetMechanismList', 'C_Login', 'C_Login'];
const RENEWING = ['C_OpenSession', 'C_CloseSession', 'C_GetSessionInfo', 'C_FindObjectsInit', 'C_FindObjects', 'C_FindObjectsFinal'];
const SIGNING = ['C_Sign', 'C_Sign', 'C_Sign', 'C_SignInit', 'C_SignInit', 'C_GetAttributeValue'];

const SESSION_CODES = [0x50, 0x60, 0x82, 0x90, 0x91, 0xb0, 0xb3, 0x101];
const DEVICE_CODES = [0x02, 0x05, 0x06, 0x30, 0x31, 0x32, 0xe0, 0xe1, 0x190];
const OTHER_CODES = [0x01, 0x07, 0x20, 0x21, 0x54, 0x63, 0x68, 0x70, 0x71, 0xb1, 0xb5, 0x150, 0x200, 0x203, 0x8000_0001];
const PIN_CODES = [0xa0, 0xa0, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x102];

function makeLine(random: Random, isFresh: boolean): string {
  const call = random.of(random.of(isFresh ? [OPENING, OPENING, RENEWING, SIGNING] : [OPENING, RENEWING, SIGNING, SIGNING, SIGNING]));
  const reach = SIGNING.includes(call) ? RUN_LENGTH : 4;
  return `${call} ${which(random, reach)} ${action(random, call)}`;
}

function which(random: Random, reach: number): string {
  const first = 1 + random.below(reach);
  switch (random.below(8)) {
    case 0:
      return `${first}-${first + random.below(3)}`;
    case 1:
      return `%${reach / 2 + random.below(2 * reach)}`;
    case 2:
      return `~${1 + random.below(20)}:${random.below(1_000_000)}`;
    case 3:
      return random.below(6) === 0 ? '*' : `${first}`;
    default:
      return `${first}`;
  }
}

function action(random: Random, call: string): string {
  const kind = random.below(100);
  if (call === 'C_Login' && kind < 40) return `return ${hex(random.of(PIN_CODES))}`;
  if (kind < 40) return `return ${hex(random.of(SESSION_CODES))}`;
  if (kind < 47) return `return ${hex(random.of(DEVICE_CODES))}`;
  if (kind < 55) return `return ${hex(random.of(OTHER_CODES))}`;
  if (kind < 60) return `after ${hex(random.of([...SESSION_CODES, ...DEVICE_CODES]))}`;
  if (kind < 66) return `delay ${1 + random.below(4)}`;
  if (kind < 70) return `unplug ${hex(random.of([0x32, 0xe0, 0xb3]))}`;
  if (kind < 71) return `gone ${hex(random.of(DEVICE_CODES))}`;
  if (kind < 74) return random.of(['segv', 'abort', 'exit']);
  if (kind < 75) return 'hang';
  if (call === 'C_FindObjects') return 'nothing';
  if (call === 'C_Sign') return random.of([`corrupt ${random.below(64)}`, 'short', 'zero', 'swap', 'previous']);
  return `return ${hex(random.of(SESSION_CODES))}`;
}

const hex = (code: number): string => `0x${code.toString(16)}`;

/** mulberry32: 32 bits of state are enough to choose among some lines. */
class Random {
  #state: number;

  constructor(seed: number, number: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}
