import { FormatError } from '../dns/format-error.ts';
import { appendName, lowerCaseInPlace } from '../dns/name.ts';
import { parseRdata } from '../dns/rdata/registry.ts';
import { CLASS_IN, isMetaType, TYPE, typeMnemonic } from '../dns/rrtype.ts';
import { MAX_TTL } from '../dns/ttl.ts';
import { classOf, typeOf } from './mnemonic.ts';
import { BAD_OWNER, NO_OWNER, type OpenFile, type Reader, report, reportField, reportFormat, takeTtl, tooLargeTtl } from './reader.ts';
import { splitPairs } from './split-pairs.ts';

const AT_SIGN = 0x40;

/** Reads `[owner] [TTL] [class] type RDATA` (RFC 1035 5.1), TTL and class in either order, into the store. */
export function readRecord(reader: Reader, file: OpenFile): void {
  const { store } = reader;
  const { lexer } = file;
  const { fields } = lexer;
  if (lexer.blankOwner) inheritOwner(reader, file);
  else readOwner(reader, file);
  const explicitTtl = readTtlAndClass(reader, file);
  if (explicitTtl === undefined) return;
  if (explicitTtl >= 0) reader.lastTtl = explicitTtl;
  const type = readType(reader, file);
  if (type < 0) return;
  if (lexer.hasPairs && type !== TYPE.SVCB && type !== TYPE.HTTPS) splitPairs(fields);
  const rdataAt = store.wire.length;
  try {
    parseRdata(type, fields, store.wire);
  } catch (error) {
    store.wire.length = rdataAt;
    reportFormat(reader, file, 'ZONEFILE-RDATA', `RDATA of ${typeMnemonic(type)}`, error, typeMnemonic(type));
    return;
  }
  const ttl = explicitTtl >= 0 ? explicitTtl : impliedTtl(reader, file, type);
  if (ttl < 0 || file.owner < 0) store.wire.length = rdataAt;
  else store.add(file.owner, type, ttl, rdataAt, file.generatedAt?.line ?? lexer.line, file.index);
}

function inheritOwner(reader: Reader, file: OpenFile): void {
  if (file.owner === NO_OWNER) {
    const expected = 'a name: there is no owner before it to take over';
    reportField(reader, file, 'ZONEFILE-OWNER-MISSING', 'owner', expected, 0);
    file.owner = BAD_OWNER;
  } else if (file.originChanged) {
    const text = 'the record begins with a blank after $ORIGIN: it has the last owner, not the new origin';
    report(reader, file, { id: 'ZONEFILE-OWNER-INHERITED', text }, file.lexer.firstAt);
    file.originChanged = false;
  }
}

/** First field: the owner. The one of the record before keeps its index, so that an RRset has its name but once. */
function readOwner(reader: Reader, file: OpenFile): void {
  const { fields } = file.lexer;
  const start = fields.starts[0]!;
  const end = fields.ends[0]!;
  fields.next = 1;
  file.originChanged = false;
  if (isSameText(file, fields.bytes, start, end)) return;
  const { wire } = reader.store;
  const at = wire.length;
  try {
    if (end - start === 1 && fields.bytes[start] === AT_SIGN && fields.quoted[0] === 0) wire.append(file.origin);
    else appendName(fields.bytes, start, end, file.origin, wire);
  } catch (error) {
    wire.length = at;
    reportFormat(reader, file, 'ZONEFILE-OWNER', 'owner', error);
    file.owner = BAD_OWNER;
    file.ownerTextLength = 0;
    return;
  }
  lowerCaseInPlace(wire.bytes, at, wire.length);
  if (isSameName(reader, file.owner, at)) wire.length = at;
  else file.owner = reader.store.addName(at);
  rememberText(file, fields.bytes, start, end);
}

function isSameText(file: OpenFile, bytes: Uint8Array, start: number, end: number): boolean {
  const { ownerText } = file;
  if (end - start !== file.ownerTextLength) return false;
  for (let i = end - start - 1; i >= 0; i--) if (ownerText[i] !== bytes[start + i]) return false;
  return true;
}

function rememberText(file: OpenFile, bytes: Uint8Array, start: number, end: number): void {
  const { ownerText } = file;
  const length = end - start;
  file.ownerTextLength = length <= ownerText.length ? length : 0;
  for (let i = 0; i < file.ownerTextLength; i++) ownerText[i] = bytes[start + i]!;
}

/** Is the name at wire[at..length) the one with that index? */
function isSameName(reader: Reader, owner: number, at: number): boolean {
  const { store } = reader;
  const { bytes, length } = store.wire;
  if (owner < 0 || store.nameLength[owner] !== length - at) return false;
  const other = store.nameAt[owner]!;
  for (let i = length - at - 1; i >= 0; i--) if (bytes[other + i] !== bytes[at + i]) return false;
  return true;
}

const isDigit = (octet: number): boolean => octet >= 0x30 && octet <= 0x39;

/** @returns the TTL, or -1 if none is stated; undefined: reported, the record is lost */
function readTtlAndClass(reader: Reader, file: OpenFile): number | undefined {
  const { fields } = file.lexer;
  let ttl = -1;
  let hasClass = false;
  for (; fields.next < fields.count; fields.next++) {
    const i = fields.next;
    const start = fields.starts[i]!;
    if (ttl < 0 && isDigit(fields.bytes[start]!)) {
      ttl = takeTtl(reader, file, i);
      if (ttl < 0) return undefined;
      continue;
    }
    const number = hasClass || fields.quoted[i] === 1 ? -1 : classOf(fields.bytes, start, fields.ends[i]!);
    if (number < 0) break;
    if (number !== CLASS_IN) {
      reportField(reader, file, 'ZONEFILE-CLASS', 'class', 'IN', i);
      return undefined;
    }
    hasClass = true;
  }
  return ttl;
}

/** @returns -1: reported */
function readType(reader: Reader, file: OpenFile): number {
  const { fields } = file.lexer;
  const i = fields.next++;
  const type = i < fields.count && fields.quoted[i] === 0 ? typeOf(fields.bytes, fields.starts[i]!, fields.ends[i]!) : -1;
  if (type < 0) {
    reportField(reader, file, 'ZONEFILE-TYPE', 'type', 'the mnemonic of an RR type, or TYPE and a number from 0 to 65535', i);
    return -1;
  }
  if (type < 256 && isMetaType(type)) return checkMetaType(reader, file, type, i);
  return type;
}

/** RFC 6895 3.1: types 128 to 255 are for queries and meta data. Those with a meaning are refused, the others doubted. */
function checkMetaType(reader: Reader, file: OpenFile, type: number, i: number): number {
  if (type === TYPE.OPT || type === 0 || typeMnemonic(type) !== `TYPE${type}`) {
    reportField(reader, file, 'ZONEFILE-TYPE-META', 'type', 'a type for data: this one is for queries or meta data', i);
    return -1;
  }
  const text = `type ${type} is in the range of query and meta types (RFC 6895 3.1)`;
  report(reader, file, { id: 'ZONEFILE-TYPE-RANGE', text, type: typeMnemonic(type) }, file.lexer.fields.starts[i]!);
  return type;
}

/**
 * TTL of a record that states none: of $TTL, else of the last record that states one (RFC 1035 5.1), else of an SOA
 * its own MINIMUM, which is then the default. @returns -1: reported
 */
function impliedTtl(reader: Reader, file: OpenFile, type: number): number {
  if (reader.defaultTtl >= 0) return reader.defaultTtl;
  if (reader.lastTtl >= 0) return reader.lastTtl;
  const { wire } = reader.store;
  const { fields } = file.lexer;
  if (type === TYPE.SOA) {
    const minimum = new DataView(wire.bytes.buffer).getUint32(wire.length - 4);
    reader.defaultTtl = minimum <= MAX_TTL ? minimum : tooLargeTtl(reader, file, minimum, fields.starts[fields.count - 1]!);
    return reader.defaultTtl;
  }
  const error = new FormatError('a TTL, a $TTL directive before the record, or the SOA first', 'no TTL', 0);
  reportFormat(reader, file, 'ZONEFILE-TTL-MISSING', 'TTL', error, typeMnemonic(type));
  return -1;
}
