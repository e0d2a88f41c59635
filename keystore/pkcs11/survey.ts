import { type Count, type MechanismFacts, type Survey, TOKEN_FLAGS, type TokenFacts, type TokenFlag } from '../doctor/facts.ts';
import { listTokens, matchTokens } from './inspect.ts';
import { call, type Library, mechanism, type Slot } from './native.ts';
import type { TokenMatch, TokenSummary } from './protocol.ts';
import { plainLabel } from './uri.ts';

const SLOT_FLAG = { removable: 0x2, hardware: 0x4 } as const;

/** CKF_… of CK_MECHANISM_INFO (PKCS#11 3.0 3.6). */
const MECHANISM_USES: readonly (readonly [number, string])[] = [
  [0x100, 'encrypt'],
  [0x200, 'decrypt'],
  [0x400, 'digest'],
  [0x800, 'sign'],
  [0x1000, 'sign-recover'],
  [0x2000, 'verify'],
  [0x4000, 'verify-recover'],
  [0x8000, 'generate-key'],
  [0x1_0000, 'generate-key-pair'],
  [0x2_0000, 'wrap'],
  [0x4_0000, 'unwrap'],
  [0x8_0000, 'derive'],
];

/** In the child process: what module, slot and token tell without a session, so that a token with no session left can be looked at too. */
export async function surveyToken(library: Library, match: TokenMatch): Promise<Survey> {
  const found = await matchTokens(library, match);
  const [only] = found;
  if (only === undefined) return { kind: 'no-match', candidates: (await listTokens(library)).filter((token) => token.initialized) };
  if (found.length > 1) return { kind: 'many-matches', candidates: found.map(({ token }) => token) };
  return { kind: 'found', facts: tokenFacts(library, only.handle, only.token) };
}

export function tokenFacts(library: Library, slot: Slot, token: TokenSummary): TokenFacts {
  const about = call('C_GetInfo', () => library.C_GetInfo());
  const place = call('C_GetSlotInfo', () => library.C_GetSlotInfo(slot));
  const info = call('C_GetTokenInfo', () => library.C_GetTokenInfo(slot));
  const flags = (Object.keys(TOKEN_FLAGS) as TokenFlag[]).filter((flag) => (info.flags & TOKEN_FLAGS[flag]) !== 0);
  const clock = flags.includes('clock on the token') ? clockOf(info.utcTime) : undefined;
  return {
    library: {
      manufacturer: plainLabel(about.manufacturerID),
      description: plainLabel(about.libraryDescription),
      version: version(about.libraryVersion),
      cryptoki: version(about.cryptokiVersion),
    },
    slot: {
      description: plainLabel(place.slotDescription),
      manufacturer: plainLabel(place.manufacturerID),
      isHardware: (place.flags & SLOT_FLAG.hardware) !== 0,
      isRemovable: (place.flags & SLOT_FLAG.removable) !== 0,
    },
    token,
    hardwareVersion: version(info.hardwareVersion),
    flags,
    pinLength: { min: count(info.minPinLen), max: count(info.maxPinLen) },
    sessions: {
      max: limit(info.maxSessionCount),
      open: count(info.sessionCount),
      maxReadWrite: limit(info.maxRwSessionCount),
      openReadWrite: count(info.rwSessionCount),
    },
    memory: { freePublic: count(info.freePublicMemory), freePrivate: count(info.freePrivateMemory) },
    ...(clock === undefined ? {} : { clock }),
    mechanisms: token.mechanisms.map((each) => ({ ...each, uses: usesOf(library, slot, each.type) })),
  };
}

const version = ({ major, minor }: { readonly major: number; readonly minor: number }): string => `${major}.${minor}`;

/**
 * Design note: CK_UNAVAILABLE_INFORMATION is all ones; pkcs11js cuts some numbers to 32 bits, with or without sign, and gives others as
 * BigInt, whatever its types say.
 */
function count(told: number | bigint): Count {
  const value = Number(told);
  return NOT_TOLD.includes(value) || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER) ? 'not told' : value;
}
const NOT_TOLD: readonly number[] = [0xffff_ffff, 0xffff_fffe];
/** CK_EFFECTIVELY_INFINITE is 0 (PKCS#11 3.0 3.2). */
const limit = (value: number): Count => (Number(value) === 0 ? 'no limit' : count(value));

/** YYYYMMDDhhmmss and two reserved digits, UTC. @returns unix seconds; undefined for anything else */
function clockOf(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at / 1000;
}

function usesOf(library: Library, slot: Slot, type: number): MechanismFacts['uses'] {
  const { flags } = call('C_GetMechanismInfo', () => library.C_GetMechanismInfo(slot, mechanism(type).mechanism));
  return MECHANISM_USES.filter(([bit]) => (flags & bit) !== 0).map(([, use]) => use);
}
