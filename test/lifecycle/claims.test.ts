import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBindPrivate } from '../../src/keys/claims/bind.ts';
import { ClaimProblem } from '../../src/keys/claims/claim.ts';
import { isKnotList, parseKnotList } from '../../src/keys/claims/knot.ts';
import { isKskmConfig, parseKskmKeys } from '../../src/keys/claims/kskm.ts';
import { isOpendnssecList, parseOpendnssecList } from '../../src/keys/claims/opendnssec.ts';

const ID = 'c5e1b2a40d9f3378216c44d0aa55ee0912345678';

test('Knot: words and name=value, in colour too; public-only keys and other lines are left out', () => {
  const csi = String.fromCharCode(27);
  const text = [
    `${ID} ${csi}[1m12345${csi}[0m ${csi}[33mCSK${csi}[0m ECDSAP256SHA256 publish=1`,
    `${ID} 2 KSK RSASHA256/2048 ready=+1D`,
    `${ID} ksk=yes zsk=no tag=00003 algorithm=15 size=256 public-only=no publish=1`,
    `${ID} ksk=yes zsk=no tag=00004 algorithm=15 size=256 public-only=yes publish=1`,
    'OK',
  ].join('\n');
  expect(parseKnotList({ text, file: 'f', zone: 'z.' }).map(({ role, keyTag, algorithm }) => [role, keyTag, algorithm])).toEqual([
    ['csk', 12345, 13],
    ['ksk', 2, 8],
    ['ksk', 3, 15],
  ]);
});

test('BIND: Label as text or in base64, as URI or bare; a PIN in the URI is not taken along', () => {
  const text = (label: string): string => `Private-key-format: v1.3\r\nAlgorithm: 8 (RSASHA256)\r\nEngine: pkcs11\r\nLabel: ${label}\r\n`;
  const inBase64 = Buffer.from('pkcs11:object=a%20b\0').toString('base64');
  for (const [label, place] of [
    ['mykey', { label: 'mykey' }],
    ['pkcs11:object=a%20b?pin-value=1234', { label: 'a b' }],
    [inBase64, { label: 'a b' }],
    ['pkcs11:id=%01%02;object=x', { id: Uint8Array.of(1, 2), label: 'x' }],
  ] as const)
    expect(parseBindPrivate(text(label))).toEqual(place);
  expect(parseBindPrivate('something else\n')).toBeUndefined();
  const inTheOpen = `${text('mykey')}PrivateExponent: U0VDUkVU\n`;
  expect(() => parseBindPrivate(inTheOpen)).toThrow(ClaimProblem);
  expect(() => parseBindPrivate(inTheOpen)).not.toThrow('U0VDUkVU');
});

test('kskm: a key with neither digest nor tag is not taken: any key of its label would do', () => {
  const text = 'keys:\n  a:\n    label: Kx\n    algorithm: RSASHA256\n';
  expect(isKskmConfig(text)).toBe(true);
  expect(() => parseKskmKeys({ text, file: 'f', zone: '.' })).toThrow('neither ds_sha256 nor key_tag');
});

test('whatever the text, reading it ends in claims or in a problem that is told', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ID,
      'Private-key-format: v1.3\n',
      'Label: ',
      'pkcs11:id=%',
      'keys:\n',
      '  a: ',
      'Zone: Keytype: State: CKA_ID:',
      'KSK ',
      '\n',
      ' 13 ',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
      const source = { text: parts.join(''), file: 'f', zone: 'z.' };
      const attempt = (read: () => unknown): void => {
        try {
          read();
        } catch (error) {
          if (!(error instanceof ClaimProblem)) expect(error).toMatchObject({ name: 'Refusal', code: 'token/bad-uri' });
        }
      };
      attempt(() => parseBindPrivate(source.text));
      attempt(() => parseKnotList(source));
      attempt(() => parseOpendnssecList(source));
      attempt(() => parseKskmKeys(source));
      expect(
        [isKnotList(source.text), isOpendnssecList(source.text), isKskmConfig(source.text)].every((is) => typeof is === 'boolean'),
      ).toBe(true);
    }),
    { numRuns: 300 },
  );
});
