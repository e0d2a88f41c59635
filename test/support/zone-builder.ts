import { fromHex, fromLatin1, type WireWriter } from '../../signer/dns/bytes.ts';
import { Fields } from '../../signer/dns/fields.ts';
import { appendName, lowerCaseInPlace, parseName, type WireName } from '../../signer/dns/name.ts';
import { parseRdata } from '../../signer/dns/rdata/registry.ts';
import { typeFromText } from '../../signer/dns/rrtype.ts';
import { RecordStore } from '../../signer/zone/record-store.ts';
import { type BuildOptions, buildZone, type Zone } from '../../signer/zone/zone.ts';

const DEFAULT_TTL = 3600;

export interface BuiltZone {
  readonly store: RecordStore;
  readonly zone: Zone;
}

/**
 * A zone from lines `owner [ttl] TYPE rdata…`, one record each; no directives, no parentheses. Not the product's reader.
 * `@` is the origin; RDATA written `0x…` is taken as it is, without any check. Line numbers are those of the text.
 */
export function buildZoneFrom(text: string, origin = 'example.', options: BuildOptions = {}): BuiltZone {
  const apex = parseName(origin);
  const store = storeFrom(text, apex);
  return { store, zone: buildZone(store, apex, options) };
}

export function storeFrom(text: string, apex: WireName, file = 'zone.db'): RecordStore {
  const store = new RecordStore();
  store.sources.push(file);
  text.split('\n').forEach((line, i) => {
    const words = line.match(/"[^"]*"|\S+/g);
    if (words !== null) addLine(store, words, apex, i + 1);
  });
  return store;
}

function addLine(store: RecordStore, words: readonly string[], apex: WireName, line: number): void {
  const [owner, ...rest] = words;
  const ttl = /^[0-9]+$/.test(rest[0]!) ? Number(rest.shift()) : DEFAULT_TTL;
  const mnemonic = rest.shift()!;
  const type = typeFromText(mnemonic);
  if (type === undefined) throw new Error(`line ${line}: ${mnemonic} is no type`);
  const name = addOwner(store, owner!, apex);
  const at = store.wire.length;
  addRdata(store.wire, type, rest, apex);
  store.add(name, type, ttl, at, line, 0);
}

function addOwner(store: RecordStore, owner: string, apex: WireName): number {
  const at = store.wire.length;
  const text = fromLatin1(owner);
  if (owner === '@') store.wire.append(apex);
  else appendName(text, 0, text.length, apex, store.wire);
  lowerCaseInPlace(store.wire.bytes, at, store.wire.length);
  return store.addName(at);
}

function addRdata(out: WireWriter, type: number, words: readonly string[], origin: WireName): void {
  if (words[0]?.startsWith('0x') === true && words.length === 1) {
    out.append(fromHex(words[0].slice(2))!);
    return;
  }
  const fields = new Fields();
  fields.bytes = fromLatin1(words.join(' '));
  fields.origin = origin;
  let at = 0;
  for (const word of words) {
    const quoted = word.startsWith('"') ? 1 : 0;
    fields.push(at + quoted, at + word.length - quoted, quoted === 1);
    at += word.length + 1;
  }
  parseRdata(type, fields, out);
}
