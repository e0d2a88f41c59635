import { describe, expect, test } from 'vitest';
import { checkpointText } from '../../src/audit/checkpoint.ts';
import { MerkleTree, verifyConsistency } from '../../src/audit/merkle.ts';
import { parseNote, signNote } from '../../src/audit/note.ts';
import { vkeyOf } from '../../src/audit/vkey.ts';
import { addCheckpointBody, readCosignatures, tlogProof } from '../../src/audit/witness.ts';
import { memoryNoteSigner, memoryWitness } from '../support/memory-note-signer.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const NAME = 'audit.example/log';
const NOW = 1_795_600_000;
const signer = memoryNoteSigner(NAME);
const tree = treeOf(40);
const signed = (size: number, of = tree): Promise<string> =>
  signNote(checkpointText({ origin: NAME, size, root: of.root(size) }), [signer]);
const checkpoint = await signed(33);
const note = parseNote(checkpoint);
const [first, second] = [memoryWitness('witness.example/1'), memoryWitness('witness.example/2')];

function treeOf(count: number, salt = ''): MerkleTree {
  const tree = new MerkleTree();
  for (let i = 0; i < count; i++) tree.add(Buffer.from(`${salt}${i}`));
  return tree;
}

describe('C2SP tlog-witness: what a witness is sent', () => {
  test('"an old size line, zero or more consistency proof lines, and an empty line, followed by a checkpoint"', () => {
    for (const old of [1, 8, 20, 32]) {
      const [head, ...rest] = addCheckpointBody(tree, old, checkpoint).split('\n\n');
      const [size, ...lines] = head!.split('\n');
      expect(size).toBe(`old ${old}`);
      expect(rest.join('\n\n')).toBe(checkpoint);
      const proof = lines.map((line) => Buffer.from(line, 'base64'));
      expect(verifyConsistency(old, 33, tree.root(old), tree.root(33), proof)).toBe(true);
    }
  });

  test('"The proof MUST be empty if the old size is zero"; so it is when nothing is new', () => {
    expect(addCheckpointBody(tree, 0, checkpoint)).toBe(`old 0\n\n${checkpoint}`);
    expect(addCheckpointBody(tree, 33, checkpoint)).toBe(`old 33\n\n${checkpoint}`);
  });

  test('a witness that has seen more than the log has: an old copy was put in its place', () => {
    expect(() => addCheckpointBody(tree, 34, checkpoint)).toThrow(code('audit/witness-ahead'));
  });

  test('a checkpoint of another log is not sent, and proves nothing', async () => {
    const other = await signed(33, treeOf(33, 'other'));
    expect(() => addCheckpointBody(tree, 8, other)).toThrow(code('audit/forked'));
    expect(() => tlogProof(tree, 8, other)).toThrow(code('audit/forked'));
    expect(() => addCheckpointBody(treeOf(20), 8, checkpoint)).toThrow(code('audit/truncated'));
    expect(() => tlogProof(tree, 33, checkpoint)).toThrow(RangeError);
  });
});

describe('C2SP tlog-cosignature: what a witness answers', () => {
  const keys = [first.key, second.key];

  test('the time and the line of each witness', () => {
    const lines = [first.cosign(note.text, NOW - 60), second.cosign(note.text, NOW - 30)];
    expect(readCosignatures(lines.join(''), note, keys, NOW)).toEqual([
      { key: first.key, time: NOW - 60, line: lines[0]!.trimEnd() },
      { key: second.key, time: NOW - 30, line: lines[1]!.trimEnd() },
    ]);
    expect(readCosignatures(lines[0]!.trimEnd(), note, keys, NOW)).toHaveLength(1);
  });

  test('the whole checkpoint with the lines under it does as well', () => {
    const whole = checkpoint + first.cosign(note.text, NOW);
    expect(readCosignatures(whole, note, keys, NOW).map(({ key }) => key.name)).toEqual(['witness.example/1']);
  });

  test('"The client MUST ignore any cosignatures from unknown keys", but one must be known', () => {
    const line = first.cosign(note.text, NOW);
    expect(readCosignatures(second.cosign(note.text, NOW) + line, note, [first.key], NOW)).toHaveLength(1);
    expect(() => readCosignatures(line, note, [second.key], NOW)).toThrow(code('audit/unknown-witness'));
    expect(() => readCosignatures(line, note, [], NOW)).toThrow(code('audit/unknown-witness'));
    expect(() => readCosignatures(checkpoint, note, [vkeyOf(signer)], NOW)).toThrow(code('audit/unknown-witness'));
  });

  test('a cosignature over another checkpoint, or another time than it says, is refused', async () => {
    const older = parseNote(await signed(32));
    expect(() => readCosignatures(first.cosign(older.text, NOW), note, keys, NOW)).toThrow(code('audit/bad-cosignature'));
    expect(() => readCosignatures(`${older.text}\n${first.cosign(older.text, NOW)}`, note, keys, NOW)).toThrow(
      code('audit/bad-cosignature'),
    );
    const line = first.cosign(note.text, NOW);
    const octets = Buffer.from(line.trimEnd().split(' ')[2]!, 'base64');
    for (let at = 4; at < octets.length; at++) {
      const changed = Buffer.from(octets);
      changed[at]! ^= 1;
      const text = `— witness.example/1 ${changed.toString('base64')}\n`;
      expect(() => readCosignatures(text, note, keys, NOW), `octet ${at}`).toThrow(code('audit/bad-cosignature'));
    }
  });

  test('"verifiers MAY reject cosignatures with timestamps in the future": clocks may differ by minutes', () => {
    expect(readCosignatures(first.cosign(note.text, NOW + 300), note, keys, NOW)).toHaveLength(1);
    expect(() => readCosignatures(first.cosign(note.text, NOW + 301), note, keys, NOW)).toThrow(/2026-11-25T.*clock here says 2026-11-25T/);
  });

  test.each(['', '\n', 'Not Found', '<html>\n</html>\n', '— witness.example/1 AAAA\n'])('%j is no answer', (text) => {
    expect(() => readCosignatures(text, note, keys, NOW)).toThrow(code('audit/bad-cosignature'));
  });
});
