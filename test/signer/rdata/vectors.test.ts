import { expect, test } from 'vitest';
import { fromHex, latin1, toHex, WireWriter } from '../../../signer/dns/bytes.ts';
import { checkRdata, parseRdata, printPresentation, printRdata } from '../../../signer/dns/rdata/registry.ts';
import { isMetaType, TYPE, typeFromText } from '../../../signer/dns/rrtype.ts';
import { entry } from './entry.ts';
import { VECTORS } from './vectors.ts';

test.each(VECTORS)('$type $text', ({ type, text, wire, printed }) => {
  const number = typeFromText(type)!;
  const octets = fromHex(wire.replaceAll(' ', ''))!;
  const out = new WireWriter();
  out.u8(0xaa);
  parseRdata(number, entry(text), out);
  expect(toHex(out.slice(1))).toBe(toHex(octets));
  expect(checkRdata(number, octets, 0, octets.length)).toBeUndefined();
  const shown = new WireWriter();
  printPresentation(number, octets, 0, octets.length, shown);
  expect(latin1(shown.slice())).toBe(printed ?? text);
});

test.each(VECTORS)('for all servers: $type $text', ({ type, wire }) => {
  const number = typeFromText(type)!;
  const octets = fromHex(wire.replaceAll(' ', ''))!;
  const shown = new WireWriter();
  printRdata(number, octets, 0, octets.length, shown);
  const back = new WireWriter();
  parseRdata(number, entry(latin1(shown.slice())), back);
  expect(toHex(back.slice())).toBe(toHex(octets));
});

test('RFC 3597 4: the generic form of every type is read back to the same octets', () => {
  for (const { type, wire } of VECTORS) {
    const hex = wire.replaceAll(' ', '');
    const out = new WireWriter();
    parseRdata(typeFromText(type)!, entry(`\\# ${hex.length / 2} ${hex}`), out);
    expect(toHex(out.slice()), type).toBe(hex);
  }
});

test('every type of the registry that may stand in a zone has a vector', () => {
  const covered = new Set(VECTORS.map(({ type }) => type));
  const genericOnly = ['UID', 'GID', 'UNSPEC'];
  const elsewhere = ['SVCB', 'HTTPS'];
  const missing = Object.entries(TYPE)
    .filter(
      ([mnemonic, number]) =>
        !isMetaType(number) && !covered.has(mnemonic) && !genericOnly.includes(mnemonic) && !elsewhere.includes(mnemonic),
    )
    .map(([mnemonic]) => mnemonic);
  expect(missing).toEqual([]);
});
