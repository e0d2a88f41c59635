import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseNote, printNote, type SignedNote, verifyNote } from '../../src/audit/note.ts';
import { readClock } from '../../src/config/time-text.ts';
import { readBundle } from '../../src/release/bundle.ts';
import { type Carried, SigningSide } from '../support/carried-release.ts';
import { memoryNoteSigner, memoryWitness } from '../support/memory-note-signer.ts';
import { ApplyBench } from '../support/reload-script.ts';

let side: SigningSide;
beforeEach(() => {
  side = new SigningSide(readClock());
});
afterEach(() => side[Symbol.dispose]());

describe('of one release there is one MANIFEST: the next release names it by the sha256 of the whole file', () => {
  /** What anybody can make of a MANIFEST without a key, so that it still verifies as a note. */
  const forms: readonly [string, (note: SignedNote, text: string) => string][] = [
    ['a line of an unknown key added', (_note, text) => `${text}— foo AAAAAAAA\n`],
    ['its line twice', (_note, text) => `${text}${text.slice(text.lastIndexOf('—'))}`],
    ['the signature (r, n - s) for (r, s)', (note) => printNote(otherForm(note))],
  ];

  test.each(forms)('%s: refused, and the releases after it are not', async (_how, change) => {
    const bench = new ApplyBench(side);
    const first = await side.release({ serial: 100 });
    const second = await side.release({ serial: 101, previous: first });
    const carried = side.carry(first);
    const manifest = join(carried, 'MANIFEST');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, change(parseNote(text), text));
    // C2SP signed-note: "Verifiers MUST ignore signatures from unknown keys", and it is a signature of the key.
    expect(verifyNote(parseNote(readFileSync(manifest, 'utf8')), [side.key]).verified).toEqual([side.key]);
    expect((await bench.refusal(carried)).code).toBe('release/bad-signature');
    expect(bench.server.calls).toEqual([]);
    await bench.apply(first.folder);
    await bench.apply(second.folder);
    expect(bench.applied).toEqual([100, 101]);
  });

  test('what is signed is always in the form that is read', async () => {
    for (let serial = 1; serial <= 16; serial++) {
      const { folder } = await side.catalog(serial, []);
      expect(readBundle(folder, [side.key]).signers).toEqual([side.key]);
    }
  });

  test('Ed25519 has one form', async () => {
    const { folder } = await side.release({ serial: 100 });
    const signer = memoryNoteSigner('audit.example.net/ed');
    const { text } = parseNote(readFileSync(join(folder, 'MANIFEST'), 'utf8'));
    const { signNote } = await import('../../src/audit/note.ts');
    const { vkeyOf } = await import('../../src/audit/vkey.ts');
    writeFileSync(join(folder, 'MANIFEST'), await signNote(text, [signer]));
    expect(readBundle(folder, [side.key, vkeyOf(signer)]).signers).toEqual([vkeyOf(signer)]);
  });
});

test('a cosignature stands for no release, also when the key of the witness is pinned: it signs whatever it is sent', async () => {
  const witness = memoryWitness('witness.example');
  const bench = new ApplyBench(side, { config: { keys: [side.key, witness.key] } });
  const { folder } = await side.release({ serial: 100 });
  const { text } = parseNote(readFileSync(join(folder, 'MANIFEST'), 'utf8'));
  writeFileSync(join(folder, 'MANIFEST'), `${text}\n${witness.cosign(text, side.now)}`);
  expect((await bench.refusal(folder)).code).toBe('release/foreign');
});

test('a file name that a terminal would act on, or that forges a line of output, is shown as codes', async () => {
  const bench = new ApplyBench(side);
  for (const [name, shown] of [
    ['x\ncoldsign: applied', '"x\\u000acoldsign: applied"'],
    ['\u001b[2J', '"\\u001b[2J"'],
    ['a\u202eb', '"a\\u202eb"'],
  ] as const) {
    const { folder } = await side.release({ serial: 100 });
    writeFileSync(join(folder, name), '');
    const { code, message } = await bench.refusal(folder);
    expect(code).toBe('release/unknown-file');
    expect(message).toContain(shown);
    expect(message).not.toContain(name);
    const other: Carried = await side.release({ serial: 100 });
    mkdirSync(join(other.folder, name));
    expect((await bench.refusal(other.folder)).message).not.toContain(name);
  }
});

test('a MANIFEST that does not end where its signature does', async () => {
  const { folder } = await side.release({ serial: 100 });
  appendFileSync(join(folder, 'MANIFEST'), '\n');
  expect((await new ApplyBench(side).refusal(folder)).code).toBe('release/bad-manifest');
});

/** Both are signatures of the key over the text (FIPS 186-4 6.4: s enters by its inverse, and the sign of the point is lost in its x). */
function otherForm({ text, signatures }: SignedNote): SignedNote {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [line] = signatures;
  const der = line!.signature;
  const r = der.subarray(4, 4 + der[3]!);
  const value = BigInt(`0x${Buffer.from(der.subarray(6 + r.length)).toString('hex')}`);
  const s = Buffer.from((order - value).toString(16).padStart(64, '0'), 'hex');
  const signed = s[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), s]) : s;
  const signature = new Uint8Array([0x30, 4 + r.length + signed.length, 2, r.length, ...r, 2, signed.length, ...signed]);
  return { text, signatures: [{ ...line!, signature }] };
}
