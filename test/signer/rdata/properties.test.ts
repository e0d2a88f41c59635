import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, latin1, toHex, WireWriter } from '../../../signer/dns/bytes.ts';
import { FormatError } from '../../../signer/dns/format-error.ts';
import { checkRdata, parseRdata, printGeneric, printPresentation, printRdata } from '../../../signer/dns/rdata/registry.ts';
import { typeFromText } from '../../../signer/dns/rrtype.ts';
import { entry } from './entry.ts';
import { VECTORS } from './vectors.ts';

const SVCB = [
  { type: 'SVCB', text: '16 a. alpn="h2,h3" mandatory=alpn ipv4hint=192.0.2.1', wire: '' },
  { type: 'HTTPS', text: '1 . port=53 ipv6hint=2001:db8::1 key667="x" no-default-alpn alpn=h2 ech=AQID', wire: '' },
].map((vector) => ({ ...vector, wire: toHex(parsed(vector.type, vector.text)) }));
const SEEDS = [...VECTORS, ...SVCB].filter(({ wire }) => wire.length < 600);

function parsed(type: string, text: string): Uint8Array {
  const out = new WireWriter();
  parseRdata(typeFromText(type)!, entry(text), out);
  return out.slice();
}

const seed = fc.constantFrom(...SEEDS);
const edits = fc.array(
  fc.record({ at: fc.nat(), octet: fc.integer({ min: 0, max: 255 }), kind: fc.constantFrom('set', 'drop', 'add', 'cut') }),
  {
    minLength: 1,
    maxLength: 4,
  },
);
type Edit = { at: number; octet: number; kind: string };

function edited(octets: readonly number[], list: readonly Edit[]): number[] {
  const result = [...octets];
  for (const { at, octet, kind } of list) {
    const i = result.length === 0 ? 0 : at % result.length;
    if (kind === 'set') result[i] = octet;
    else if (kind === 'drop') result.splice(i, 1);
    else if (kind === 'add') result.splice(i, 0, octet);
    else result.length = i;
  }
  return result;
}

test('print then parse gives the same octets, whatever the octets are, in the form for people and the one for servers', () => {
  fc.assert(
    fc.property(seed, edits, ({ type, wire }, list) => {
      const number = typeFromText(type)!;
      const octets = Uint8Array.from(edited([...fromHex(wire.replaceAll(' ', ''))!], list));
      const wellFormed = checkRdata(number, octets, 0, octets.length) === undefined;
      for (const print of [printPresentation, printRdata]) {
        const shown = new WireWriter();
        print(number, octets, 0, octets.length, shown);
        const text = latin1(shown.slice());
        if (wellFormed) expect(toHex(parsed(type, text)), `${type} ${text}`).toBe(toHex(octets));
        else {
          expect(text).toMatch(/^\\# /);
          expect(() => parsed(type, text)).toThrow(FormatError);
        }
      }
    }),
    { numRuns: 5000 },
  );
});

test('random octets of any type are printed or shown in generic form, and never crash', () => {
  fc.assert(
    fc.property(seed, fc.uint8Array({ maxLength: 80 }), ({ type }, octets) => {
      const number = typeFromText(type)!;
      const shown = new WireWriter();
      printPresentation(number, octets, 0, octets.length, shown);
      const text = latin1(shown.slice());
      if (checkRdata(number, octets, 0, octets.length) === undefined) expect(toHex(parsed(type, text)), text).toBe(toHex(octets));
      else expect(text).toMatch(/^\\# /);
    }),
    { numRuns: 3000 },
  );
});

test('a text with changed characters is parsed to well-formed RDATA or refused with FormatError', () => {
  fc.assert(
    fc.property(seed, edits, ({ type, text }, list) => {
      const number = typeFromText(type)!;
      const changed = String.fromCharCode(
        ...edited(
          [...text].map((c) => c.charCodeAt(0)),
          list,
        ),
      );
      const out = new WireWriter();
      try {
        parseRdata(number, entry(changed), out);
      } catch (error) {
        expect(error, changed).toBeInstanceOf(FormatError);
        return;
      }
      expect(checkRdata(number, out.bytes, 0, out.length), `${type} ${changed}`).toBeUndefined();
    }),
    { numRuns: 5000 },
  );
});

test('parsing writes behind what is there and touches nothing before it', () => {
  fc.assert(
    fc.property(seed, fc.uint8Array({ minLength: 1, maxLength: 300 }), ({ type, text }, before) => {
      const out = new WireWriter(1);
      out.append(before);
      parseRdata(typeFromText(type)!, entry(text), out);
      expect(toHex(out.slice().subarray(0, before.length))).toBe(toHex(before));
      expect(toHex(out.slice(before.length))).toBe(toHex(parsed(type, text)));
    }),
    { numRuns: 500 },
  );
});

test('RFC 3597 5: the generic form of any octets under an unknown type', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const shown = new WireWriter();
      printGeneric(octets, 0, octets.length, shown);
      expect(toHex(parsed('TYPE65280', latin1(shown.slice())))).toBe(toHex(octets));
    }),
  );
});
