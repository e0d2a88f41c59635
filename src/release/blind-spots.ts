import { equalBytes } from '../../signer/dns/bytes.ts';
import { lowerCaseName, parseName, type WireName } from '../../signer/dns/name.ts';
import { TYPE, typeFromText } from '../../signer/dns/rrtype.ts';
import { algorithmByNumber } from '../../signer/dnssec/algorithm.ts';
import { complaintsOf } from './complaints.ts';
import type { JudgeName } from './judges.ts';
import type { ContentKey, ZoneContents } from './zone-contents.ts';

/** A form that the RFCs allow in the midst of a rollover, and that a judge rejects. docs/judges.md has the table. */
interface BlindSpot {
  readonly judge: JudgeName;
  /** Continues the name of the judge: `kzonecheck does not know …`. */
  readonly because: string;
  /** What makes it understand the form; given where the zone has the form, and nowhere else. */
  readonly options: readonly string[];
  /** Does the zone have the form? By its records. */
  has(contents: ZoneContents): boolean;
  /** Is this line what the judge says of the form, and of what has the form? Asked only where the zone has it. */
  explains(complaint: string, contents: ZoneContents): boolean;
}

const isActiveSep = ({ isSep, isRevoked }: ContentKey): boolean => isSep && !isRevoked;

const BLIND_SPOTS: readonly BlindSpot[] = [
  /** RFC 7583 3.3.2, RFC 8901 8: CDS name keys that are to come, or are another operator's. RFC 8078 3.1 does not ask for more than a signature. */
  {
    judge: 'kzonecheck',
    because: 'does not know a CDS of a key that is not published',
    options: [],
    has: ({ asksForUnpublished }) => asksForUnpublished,
    explains: (complaint, { apex }) => {
      const [, owner] = /^\[(\S+)\] CDNSKEY not match DNSKEY$/.exec(complaint) ?? [];
      return isName(owner, apex);
    },
  },
  /** RFC 4034 2.1.1: the SEP flag is a hint, and must not decide what a key may sign. */
  {
    judge: 'kzonecheck',
    because: 'lets a key with the SEP flag sign data only where it is the one key',
    options: [],
    has: ({ keys }) => keys.length > 1 && keys.some(isActiveSep),
    explains: (complaint, contents) => {
      const [, owner, type] = /^\[(\S+)\] no valid signature for a record \(record type (\S+)\)$/.exec(complaint) ?? [];
      const name = readName(owner);
      const covered = typeFromText(type ?? '');
      if (name === undefined || covered === undefined || KEY_TYPES.has(covered)) return false;
      return isBySepAlone(contents.signersOf(name, covered));
    },
  },
  /** The same of BIND, which looks at who signs the SOA RRset (lib/dns/zoneverify.c). */
  {
    judge: 'dnssec-verify',
    because: 'wants data signed by a key without the SEP flag as soon as there is one',
    options: ['-z'],
    has: (contents) => contents.keys.some(({ isSep }) => !isSep) && algorithmsOf(contents).some((number) => lacksZsk(contents, number)),
    explains: (complaint, contents) => isMissing('ZSK', complaint, contents, lacksZsk),
  },
  /** RFC 6781 4.1.4.2: of an algorithm that goes, the KSK is revoked while the ZSK is still there. RFC 5011 2.1: it signs the DNSKEY RRset. */
  {
    judge: 'dnssec-verify',
    because: 'does not count a revoked KSK, and then misses one of its algorithm',
    options: ['-z'],
    has: (contents) => algorithmsOf(contents).some((number) => hasRevokedAlone(contents, number)),
    explains: (complaint, contents) => isMissing('self-signed KSK', complaint, contents, hasRevokedAlone),
  },
  /** RFC 5011 5: a zone that goes insecure revokes all its trust anchors, and gives them out until who trusts them has seen it. */
  {
    judge: 'kzonecheck',
    because: 'counts no signature of a revoked key over the DNSKEY RRset, which has no other',
    options: [],
    has: isKeySetRevoked,
    explains: (complaint, { apex }) => {
      const [, owner] = /^\[(\S+)\] no valid signature for a record \(record type DNSKEY\)$/.exec(complaint) ?? [];
      return isName(owner, apex);
    },
  },
  /** The same of BIND, which then looks at nothing else. */
  {
    judge: 'dnssec-verify',
    because: 'counts no signature of a revoked key over the DNSKEY RRset, and looks no further',
    options: [],
    has: isKeySetRevoked,
    explains: (complaint) => /^No self-signed (?:KSK )?DNSKEY found$/.test(complaint),
  },
];

/** How a judge is to be asked about a zone, beyond what it is always asked with. */
export interface Asking {
  readonly options: readonly string[];
  /** In words, to follow the name of the judge; undefined without options. */
  readonly note: string | undefined;
}

export function askingOf(judge: JudgeName, contents: ZoneContents | undefined): Asking {
  const spots = spotsOf(judge, contents).filter(({ options }) => options.length > 0);
  const options = [...new Set(spots.flatMap((spot) => spot.options))];
  if (options.length === 0) return { options, note: undefined };
  return { options, note: `was asked with ${options.join(' ')}, as it ${spots.map(({ because }) => because).join(' and ')}` };
}

/**
 * Does a judge that rejects say nothing but what it says of forms that it does not know, and that the zone has?
 * @param output everything it has printed
 * @returns its ignorance and its words, to follow its name; undefined: the rejection stands
 */
export function abstention(judge: JudgeName, output: string, contents: ZoneContents | undefined): string | undefined {
  if (contents === undefined) return undefined;
  const complaints = complaintsOf(judge, output);
  if (complaints === undefined || complaints.length === 0) return undefined;
  const spots = spotsOf(judge, contents);
  const explaining = complaints.map((complaint) => spots.find((spot) => spot.explains(complaint, contents)));
  if (explaining.includes(undefined)) return undefined;
  const because = [...new Set(explaining.map((spot) => spot!.because))].join(' and ');
  return `${because}; its complaint was: ${complaints.join(', ')}`;
}

function spotsOf(judge: JudgeName, contents: ZoneContents | undefined): readonly BlindSpot[] {
  return contents === undefined ? [] : BLIND_SPOTS.filter((spot) => spot.judge === judge && spot.has(contents));
}

/** Signed by the key that the DS names, never by a ZSK: there the SEP flag explains nothing. */
const KEY_TYPES: ReadonlySet<number> = new Set([TYPE.DNSKEY, TYPE.CDS, TYPE.CDNSKEY]);

const isBySepAlone = (signers: readonly ContentKey[]): boolean => signers.some(isActiveSep) && signers.every(({ isSep }) => isSep);

const algorithmsOf = ({ keys }: ZoneContents): readonly number[] => [...new Set(keys.map(({ algorithm }) => algorithm))];

function apexSigners({ apex, signersOf }: ZoneContents, type: number, number: number): readonly ContentKey[] {
  return signersOf(apex, type).filter(({ algorithm }) => algorithm === number);
}

function lacksZsk(contents: ZoneContents, number: number): boolean {
  const ofKeys = apexSigners(contents, TYPE.DNSKEY, number);
  return ofKeys.some(isActiveSep) && ofKeys.every(({ isSep }) => isSep) && isBySepAlone(apexSigners(contents, TYPE.SOA, number));
}

function hasRevokedAlone(contents: ZoneContents, number: number): boolean {
  const ofKeys = apexSigners(contents, TYPE.DNSKEY, number);
  const signsData = apexSigners(contents, TYPE.SOA, number).some(({ isSep }) => !isSep);
  return signsData && ofKeys.some(({ isSep, isRevoked }) => isSep && isRevoked) && !ofKeys.some(isActiveSep);
}

/** All who sign the DNSKEY RRset are revoked; keys that are not sign the data still. */
function isKeySetRevoked(contents: ZoneContents): boolean {
  const { apex, signersOf } = contents;
  const ofKeys = signersOf(apex, TYPE.DNSKEY);
  const isDataSigned = signersOf(apex, TYPE.SOA).some(({ isRevoked }) => !isRevoked);
  return ofKeys.length > 0 && ofKeys.every(({ isSep, isRevoked }) => isSep && isRevoked) && isDataSigned;
}

type AlgorithmForm = (contents: ZoneContents, number: number) => boolean;

function isMissing(what: string, complaint: string, contents: ZoneContents, form: AlgorithmForm): boolean {
  const start = `Missing ${what} for algorithm `;
  if (!complaint.startsWith(start)) return false;
  const mnemonic = complaint.slice(start.length);
  return algorithmsOf(contents).some((number) => algorithmByNumber(number)?.mnemonic === mnemonic && form(contents, number));
}

function readName(text: string | undefined): WireName | undefined {
  try {
    return text === undefined ? undefined : lowerCaseName(parseName(text));
  } catch {
    return undefined;
  }
}

function isName(text: string | undefined, name: WireName): boolean {
  const read = readName(text);
  return read !== undefined && equalBytes(read, name);
}
