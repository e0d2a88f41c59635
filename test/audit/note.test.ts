import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNote, printNote, signNote, verifyNote } from '../../src/audit/note.ts';
import { isNoteName, keyIdOf, parseVkey, printVkey, vkeyOf } from '../../src/audit/vkey.ts';
import { memoryNoteSigner, memoryWitness } from '../support/memory-note-signer.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const NAME = 'audit.example/log';
const TEXT = 'Ognuno sta solo\n\nsul cuor della terra — 1930\n';
const ed25519 = memoryNoteSigner(NAME);
const p256 = memoryNoteSigner(NAME, 'p256');
const note = await signNote(TEXT, [ed25519, p256]);

describe('C2SP signed-note, format', () => {
  test('"The note text includes the final newline but not the separating blank line. [It] MAY contain empty lines"', () => {
    const parsed = parseNote(note);
    expect(parsed.text).toBe(TEXT);
    expect(parsed.signatures.map(({ name, keyId }) => [name, keyId])).toEqual([ed25519, p256].map((s) => [NAME, vkeyOf(s).keyId]));
    expect(printNote(parsed)).toBe(note);
  });

  test('an empty text is an empty line', () => {
    expect(parseNote(`\n\n${note.split('\n\n')[2]}`).text).toBe('\n');
  });

  const line = '— a.example AAAAAQUF\n';
  test.each([
    ['no text', line],
    ['no signature', 'text\n\n'],
    ['nothing', ''],
    ['no empty line', `text\n${line}`],
    ['no last line feed', `text\n\n${line}`.slice(0, -1)],
    ['something behind the signatures', `text\n\n${line}more\n`],
    ['carriage returns', `text\r\n\r\n${line}`],
    ['a tab', `te\txt\n\n${line}`],
    ['a NUL', `te\0xt\n\n${line}`],
    ['a lone surrogate', `te\ud800xt\n\n${line}`],
    ['a hyphen', 'text\n\n- a.example AAAAAQUF\n'],
    ['an en dash', 'text\n\n– a.example AAAAAQUF\n'],
    ['no name', 'text\n\n—  AAAAAQUF\n'],
    ['a plus sign in the name', 'text\n\n— a+b AAAAAQUF\n'],
    ['a no-break space in the name', 'text\n\n— a\u00a0b AAAAAQUF\n'],
    ['two spaces', 'text\n\n—  a.example AAAAAQUF\n'],
    ['a space at the end', 'text\n\n— a.example AAAAAQUF \n'],
    ['no signature octets', 'text\n\n— a.example AAAAAQ==\n'],
    ['base64 without padding', 'text\n\n— a.example AAAAAQU\n'],
    ['base64 with bits left over', 'text\n\n— a.example AAAAAQV=\n'],
    ['base64url', 'text\n\n— a.example AAAAAQ_-\n'],
    ['101 signatures', `text\n\n${line.repeat(101)}`],
  ])('%s is refused', (_, text) => {
    expect(() => parseNote(text)).toThrow(code('audit/bad-note'));
  });

  test('"[Verifiers] MUST accept at least up to 16 signatures"', () => {
    expect(parseNote(`text\n\n${line.repeat(100)}`).signatures).toHaveLength(100);
  });

  test('print and parse are inverse', () => {
    const signature = fc.record({
      name: fc.string({ unit: 'grapheme', minLength: 1 }).filter(isNoteName),
      keyId: fc.integer({ min: 0, max: 0xffffffff }),
      signature: fc.uint8Array({ minLength: 1, maxLength: 80 }),
    });
    const text = fc.array(fc.string({ unit: 'grapheme' }).filter((t) => !/\p{Cc}/u.test(t))).map((lines) => `${lines.join('\n')}\n`);
    fc.assert(
      fc.property(text, fc.array(signature, { minLength: 1, maxLength: 4 }), (text, signatures) => {
        const { text: parsedText, signatures: lines } = parseNote(printNote({ text, signatures }));
        expect({ text: parsedText, signatures: lines }).toEqual({ text, signatures });
      }),
      { numRuns: 50 },
    );
  });
});

describe('C2SP signed-note, signatures', () => {
  const parsed = parseNote(note);
  const keys = [ed25519, p256].map(vkeyOf);

  test('each key verifies its line; the order of the keys does not matter', () => {
    expect(verifyNote(parsed, keys.toReversed()).verified).toEqual(keys);
  });

  test('"Verifiers MUST ignore signatures from unknown keys, even if they share a name or ID (but not both) with a known key"', () => {
    const [first] = parsed.signatures;
    const strangers = [
      { ...first!, name: 'other.example/log' },
      { ...first!, keyId: first!.keyId ^ 1 },
    ];
    const { verified, unknown } = verifyNote({ text: TEXT, signatures: [...strangers, ...parsed.signatures] }, keys);
    expect(verified).toEqual(keys);
    expect(unknown).toEqual(strangers);
  });

  test('"If a signature from a known key fails to verify, clients SHOULD reject the whole note"', () => {
    const [first, second] = parsed.signatures;
    const broken = { ...first!, signature: first!.signature.with(5, first!.signature[5]! ^ 1) };
    expect(() => verifyNote({ text: TEXT, signatures: [broken, second!] }, keys)).toThrow(code('audit/bad-signature'));
    expect(() => verifyNote({ ...parsed, text: `${TEXT}more\n` }, keys)).toThrow(code('audit/bad-signature'));
  });

  test('a good line does not make up for a second, bad one of the same key', () => {
    const [first] = parsed.signatures;
    const broken = { ...first!, signature: new Uint8Array(64) };
    expect(() => verifyNote({ text: TEXT, signatures: [first!, broken] }, keys)).toThrow(code('audit/bad-signature'));
    expect(verifyNote({ text: TEXT, signatures: [first!, first!] }, keys).verified).toHaveLength(1);
  });

  test('"If no signature from a known key verifies successfully, clients MUST reject the note"', () => {
    expect(() => verifyNote(parsed, [])).toThrow(code('audit/not-signed'));
    expect(() => verifyNote(parsed, [vkeyOf(memoryNoteSigner(NAME))])).toThrow(code('audit/not-signed'));
  });

  test('of two keys that share name and id the line is of the one that verifies it', () => {
    const collision = { ...vkeyOf(memoryNoteSigner(NAME)), keyId: keys[0]!.keyId };
    expect(verifyNote(parsed, [collision, keys[0]!]).verified).toEqual([keys[0]]);
    expect(() => verifyNote(parsed, [collision])).toThrow(code('audit/bad-signature'));
  });

  test('signatures of a wrong length are bad signatures, not errors', () => {
    for (const key of keys)
      for (const length of [1, 63, 65, 200]) {
        const line = { name: NAME, keyId: key.keyId, signature: new Uint8Array(length) };
        expect(() => verifyNote({ text: TEXT, signatures: [line] }, [key])).toThrow(code('audit/bad-signature'));
      }
  });

  test('what cannot be a note is not signed', async () => {
    await expect(signNote('no line feed', [ed25519])).rejects.toThrow(RangeError);
    await expect(signNote('a\tb\n', [ed25519])).rejects.toThrow(RangeError);
    await expect(signNote(TEXT, [])).rejects.toThrow(RangeError);
    await expect(signNote(TEXT, [{ ...ed25519, name: 'a b' }])).rejects.toThrow(RangeError);
  });
});

describe('verifier keys', () => {
  const SPEC = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';

  test('the example of the specification: its id is that of name and key, its base64 may hold a plus sign', () => {
    const key = parseVkey(SPEC);
    expect({ ...key, publicKey: key.publicKey.length }).toEqual({
      name: 'example.com/foo',
      keyId: 0x530d903a,
      kind: 'ed25519',
      publicKey: 32,
    });
    expect(printVkey(key)).toBe(SPEC);
  });

  test('all kinds are printed and read again, whatever is in their base64', () => {
    for (let i = 0; i < 40; i++)
      for (const key of [vkeyOf(memoryNoteSigner(NAME)), vkeyOf(memoryNoteSigner(NAME, 'p256')), memoryWitness('w.example/1').key])
        expect(parseVkey(printVkey(key))).toEqual(key);
  });

  test('0x02: "the key ID [...] is the truncated SHA-256 hash of the DER encoded public key": the name is not in it', () => {
    const { publicKey } = p256;
    expect(keyIdOf('a', 'p256', publicKey)).toBe(keyIdOf('b', 'p256', publicKey));
    expect(keyIdOf('a', 'ed25519', publicKey)).not.toBe(keyIdOf('b', 'ed25519', publicKey));
    expect(keyIdOf('a', 'ed25519', publicKey)).not.toBe(keyIdOf('a', 'cosignature', publicKey));
  });

  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey.export({ format: 'der', type: 'spki' });
  const compressed = compressedSpki(p256.publicKey);
  test.each([
    ['nothing', ''],
    ['two parts', 'example.com/foo+530d903a'],
    ['upper case id', SPEC.replace('530d903a', '530D903A')],
    ['another id', SPEC.replace('530d903a', '530d903b')],
    ['another name', SPEC.replace('foo', 'bar')],
    ['another key', SPEC.replace('AekyeR', 'AekyeS')],
    ['a space in the name', SPEC.replace('/', ' ')],
    ['base64 without padding', SPEC.slice(0, -1)],
    ['a line feed', `${SPEC}\n`],
    ['type 3', vkeyLine('a', 3, new Uint8Array(32))],
    ['31 octets', vkeyLine('a', 1, new Uint8Array(31))],
    ['no DER', vkeyLine('a', 2, new Uint8Array(91))],
    ['P-384', vkeyLine('a', 2, p384)],
    ['a compressed point', vkeyLine('a', 2, compressed)],
  ])('%s is refused', (_, line) => {
    expect(() => parseVkey(line)).toThrow(code('audit/bad-vkey'));
  });
});

/** A line whose id is right, so that what is behind it is looked at. */
function vkeyLine(name: string, type: number, key: Uint8Array): string {
  const id = type === 2 ? keyIdOf(name, 'p256', key) : keyIdOf(name, 'ed25519', key);
  return `${name}+${id.toString(16).padStart(8, '0')}+${Buffer.from([type, ...key]).toString('base64')}`;
}

/** The same P-256 key with a compressed point (SEC 1, 2.3.3): another encoding, so another id. */
function compressedSpki(spki: Uint8Array): Uint8Array {
  const [header, x, y] = [spki.slice(0, 26), spki.slice(27, 59), spki.slice(59)];
  header[1] = 0x39;
  header[24] = 0x22;
  return Uint8Array.of(...header.slice(0, 26), y[31]! % 2 === 0 ? 2 : 3, ...x);
}
