import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { verifyFiles } from '../../src/audit/verifier/verify.ts';
import { makeSampleExport, type SampleExport, TestFolder } from './support/sample-export.ts';
import { type Answer, answerOf, askSecondVerifier, baseQuestion, relisted } from './support/second-verifier.ts';

/*
 * Ten thousand verifications of one log, which differ in an octet: the same text, key and signature are verified once, by the real function.
 */
vi.mock('node:crypto', async (importActual) => {
  const actual = await importActual<typeof import('node:crypto')>();
  const remembered = <T>(make: () => T, known: Map<string, T>, question: string): T => {
    const answer = known.get(question) ?? make();
    known.set(question, answer);
    return answer;
  };
  const names = new Map<unknown, number>();
  const keys = new Map<string, unknown>();
  const verdicts = new Map<string, boolean>();
  const nameOf = (key: unknown): number => {
    if (!names.has(key)) names.set(key, names.size);
    return names.get(key)!;
  };
  return {
    ...actual,
    createPublicKey: (input: { key: Buffer }) => remembered(() => actual.createPublicKey(input as never), keys, input.key.toString('hex')),
    verify: (algorithm: string | null, text: Buffer, key: { key?: unknown }, signature: Buffer) =>
      remembered(
        () => actual.verify(algorithm, text, key as never, signature),
        verdicts,
        `${nameOf(key.key ?? key)} ${algorithm} ${text.toString('base64')} ${signature.toString('base64')}`,
      ),
  };
});

const folder = new TestFolder();
const logs = new Map<string, SampleExport>();

beforeAll(async () => {
  for (const kind of ['ed25519', 'p256'] as const) logs.set(kind, await makeSampleExport(folder.path, kind, [kind]));
});
afterAll(() => folder[Symbol.dispose]());

/** Whoever changes an octet makes MANIFEST anew: it is not signed, and is no evidence. */
function flipEach(files: ReadonlyMap<string, Uint8Array>, path: string, mask: number): Answer[] {
  const octets = files.get(path)!;
  return Array.from(octets, (octet, at) => {
    const changed = Uint8Array.from(octets);
    changed[at] = octet ^ mask;
    return answerOf(verifyFiles(relisted(new Map([...files, [path, changed]]))));
  });
}

/** What at least must be said of each flip in a file. */
const DETECTED: Readonly<Record<string, readonly string[]>> = {
  // RFC 6962 2.1: the root is over every octet of every leaf. A line feed lost or won changes how many leaves there are.
  'entries.jsonl': ['AUDIT-ROOT', 'AUDIT-TRUNCATED', 'AUDIT-ENTRY-UNSEALED'],
  // C2SP signed-note: the signature is over every octet of the text; a line that is not of a known key is none.
  checkpoint: ['AUDIT-CHECKPOINT-FORM', 'AUDIT-BAD-SIGNATURE', 'AUDIT-NOT-SIGNED'],
};

test.each([
  ['ed25519', 'entries.jsonl', 0x01],
  ['ed25519', 'checkpoint', 0x01],
  ['ed25519', 'checkpoint', 0x20],
  ['p256', 'checkpoint', 0x01],
  ['ed25519', 'checkpoints/4', 0x01],
  ['ed25519', 'checkpoints/17', 0x01],
  ['p256', 'checkpoints/17', 0x01],
  ['ed25519', 'checkpoints/33', 0x80],
] as const)('log of %s: every octet of %s, changed by %i, is noticed by both verifiers in the same way', async (kind, path, mask) => {
  const { files } = logs.get(kind)!;
  const asked = askSecondVerifier<Answer[]>([baseQuestion(kind, files), { flip: kind, path, mask }]);
  const first = flipEach(files, path, mask);
  const [second] = await asked;
  const expected = DETECTED[path.split('/')[0]!.replace('checkpoints', 'checkpoint')]!;
  expect(first).toHaveLength(files.get(path)!.length);
  for (const [at, [ok, codes]] of first.entries()) {
    expect(ok, `octet ${at}`).toBe(false);
    expect(
      codes.some((code) => expected.includes(code)),
      `octet ${at}: ${codes}`,
    ).toBe(true);
    expect(second?.[at], `octet ${at}`).toEqual([ok, codes]);
  }
});

test('the log that is flipped is in order', () => {
  for (const { files } of logs.values()) expect(answerOf(verifyFiles(files))[0]).toBe(true);
});
