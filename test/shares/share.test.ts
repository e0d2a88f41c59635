import fc from 'fast-check';
import jsqr from 'jsqr';
import { expect, test } from 'vitest';
import { decodeShare, encodeShare, parseShareText, shareText } from '../../keystore/shares/envelope.ts';
import { EVEN_WORDS, ODD_WORDS } from '../../keystore/shares/pgp-words.ts';
import { qrMatrix } from '../../keystore/shares/qr.ts';
import { combineShares, type HeldShare, type Share, splitSecret } from '../../keystore/shares/share.ts';
import { parseShareWords, shareLines } from '../../keystore/shares/words.ts';

const SUBJECT = 'token\0serial';
const held = (shares: readonly Share[]): HeldShare[] => shares.map((share) => ({ holder: `holder ${share.index}`, share }));
const secrets = fc.uint8Array({ minLength: 16, maxLength: 32 });
const schemes = fc
  .tuple(secrets, fc.integer({ min: 2, max: 8 }), fc.integer({ min: 0, max: 5 }))
  .map(([secret, threshold, more]) => ({ secret, threshold, count: threshold + more, subject: SUBJECT }));
const LISTS = [EVEN_WORDS, ODD_WORDS].map((list) => list.trim().split(/\s+/));

test('any k of n shares give the secret, whatever their order; any k-1 do not', async () => {
  const chosen = schemes.chain((wish) =>
    fc.tuple(
      fc.constant(wish),
      fc.shuffledSubarray(
        Array.from({ length: wish.count }, (_, i) => i),
        { minLength: wish.threshold },
      ),
    ),
  );
  await fc.assert(
    fc.asyncProperty(chosen, async ([{ secret, ...wish }, order]) => {
      const shares = await splitSecret(secret, wish);
      const some = held(order.map((i) => shares[i]!));
      expect(await combineShares(some, SUBJECT)).toEqual(secret);
      await expect(combineShares(some.slice(0, wish.threshold - 1), SUBJECT)).rejects.toMatchObject({ code: 'share/too-few' });
    }),
    { numRuns: 60 },
  );
});

test('shares of two sets of the same secret are never mixed', async () => {
  const wish = { threshold: 3, count: 5, subject: SUBJECT };
  const secret = new Uint8Array(22).fill(65);
  const [one, two] = [await splitSecret(secret, wish), await splitSecret(secret, wish)];
  await fc.assert(
    fc.asyncProperty(fc.subarray([0, 1, 2, 3, 4], { minLength: 3 }), fc.integer({ min: 0, max: 2 }), async (indexes, at) => {
      const mixed = indexes.map((i, n) => (n === at ? two : one)[i]!);
      await expect(combineShares(held(mixed), SUBJECT)).rejects.toMatchObject({ code: 'share/other-set' });
    }),
    { numRuns: 30 },
  );
});

test('a forged piece, a share entered twice, a share of another token: each is told, and nothing comes out', async () => {
  const shares = await splitSecret(new Uint8Array(22).fill(66), { threshold: 2, count: 3, subject: SUBJECT });
  const [a, b] = held(shares);
  const forged = { ...b!, share: { ...b!.share, octets: b!.share.octets.map((octet, i) => (i === 0 ? octet ^ 1 : octet)) } };
  await expect(combineShares([a!, forged], SUBJECT)).rejects.toMatchObject({ code: 'share/check-failed' });
  await expect(combineShares([a!, { ...a!, holder: 'another name' }], SUBJECT)).rejects.toMatchObject({ code: 'share/duplicate' });
  await expect(combineShares([a!, { ...b!, holder: a!.holder }], SUBJECT)).rejects.toMatchObject({ code: 'share/duplicate' });
  await expect(combineShares([a!, b!], 'another\0token')).rejects.toMatchObject({ code: 'share/other-subject' });
});

test.each([
  [1, 3],
  [4, 3],
  [2, 17],
])('%i of %i is refused', async (threshold, count) => {
  await expect(splitSecret(new Uint8Array(16), { threshold, count, subject: SUBJECT })).rejects.toMatchObject({
    code: 'share/bad-threshold',
  });
});

test('octets, words and text all give the share back', async () => {
  await fc.assert(
    fc.asyncProperty(schemes, async ({ secret, ...wish }) => {
      for (const share of await splitSecret(secret, wish)) {
        expect(decodeShare(encodeShare(share))).toEqual(share);
        expect(parseShareText(shareText(share).toLowerCase())).toEqual(share);
        const lines = shareLines(share);
        expect(parseShareWords(lines.join('\n'))).toEqual(share);
        expect(parseShareWords(lines.map((line, i) => `${i + 1}. ${line.toUpperCase()}`).join(' '))).toEqual(share);
      }
    }),
    { numRuns: 30 },
  );
});

async function oneShare(): Promise<Share> {
  const [share] = await splitSecret(new TextEncoder().encode('k3Jx9QmZ2bV7rT5yW8nP4c'), { threshold: 3, count: 5, subject: SUBJECT });
  return share!;
}

test('every word in place of another is found, and the line is named', async () => {
  const words = shareLines(await oneShare())
    .join(' ')
    .split(' ');
  for (const [at, word] of words.entries()) {
    const list = LISTS[(at % 8) % 2]!;
    for (const step of [1, 7, 100, 255]) {
      const other = list[(list.indexOf(word) + step) % 256]!;
      const line = Math.floor(at / 8) + 1;
      expect(() => parseShareWords(words.with(at, other).join(' '))).toThrow(new RegExp(`^line ${line}:`));
    }
  }
});

test('a word that is in no list is named by its place, and the message does not tell it', async () => {
  const words = shareLines(await oneShare())
    .join(' ')
    .split(' ');
  const typed = `${words[10]}x`;
  const parse = () => parseShareWords(words.with(10, typed).join(' '));
  expect(parse).toThrow('line 2, word 3 is not in the word list');
  expect(parse).not.toThrow(words[10]!);
  expect(parse).toThrow(expect.objectContaining({ code: 'share/mistyped', near: words[10] }));
});

test('every word left out, typed twice, exchanged with its neighbour or with any other of its line is found', async () => {
  const words = shareLines(await oneShare())
    .join(' ')
    .split(' ');
  const attempts: string[][] = [];
  for (let at = 0; at < words.length; at++) {
    attempts.push(words.toSpliced(at, 1), words.toSpliced(at, 0, words[at]!));
    for (let other = at + 1; other < Math.min(words.length, at + 8); other++)
      if (words[at] !== words[other]) attempts.push(words.with(at, words[other]!).with(other, words[at]!));
  }
  for (const typed of attempts) expect(() => parseShareWords(typed.join(' '))).toThrow(expect.objectContaining({ code: 'share/mistyped' }));
});

test('lines exchanged are found', async () => {
  const lines = shareLines(await oneShare());
  for (let a = 0; a < lines.length; a++)
    for (let b = a + 1; b < lines.length; b++)
      // A checksum of eight bits fits one time in 256: then the other line of the two does not.
      expect(() => parseShareWords(lines.with(a, lines[b]!).with(b, lines[a]!).join('\n'))).toThrow(
        new RegExp(`line (?:${a + 1}|${b + 1}):`),
      );
});

test('a bit anywhere in the text form is found', async () => {
  const text = shareText(await oneShare());
  for (let at = 'COLDSIGN-SHARE:'.length; at < text.length - 1; at++)
    expect(() => parseShareText(text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1))).toThrow(
      expect.objectContaining({ code: 'share/damaged' }),
    );
});

test('the QR code reads as the share (jsqr)', async () => {
  const share = await oneShare();
  const { size, isDark } = qrMatrix(shareText(share));
  const [scale, margin] = [4, 4];
  const width = (size + 2 * margin) * scale;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (let y = 0; y < size * scale; y++)
    for (let x = 0; x < size * scale; x++)
      if (isDark(Math.floor(y / scale), Math.floor(x / scale)))
        pixels.fill(
          0,
          ((y + margin * scale) * width + x + margin * scale) * 4,
          ((y + margin * scale) * width + x + margin * scale) * 4 + 3,
        );
  const decode = (jsqr as unknown as { default?: typeof jsqr }).default ?? jsqr;
  expect(
    parseShareText((decode as unknown as (p: Uint8ClampedArray, w: number, h: number) => { data: string })(pixels, width, width).data),
  ).toEqual(share);
});
