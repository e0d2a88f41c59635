import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkpointText, parseCheckpoint } from '../../src/audit/checkpoint.ts';
import { parseSignedCheckpoint } from '../../src/audit/checkpoint-store.ts';
import { leafHash, MerkleTree, verifyConsistency, verifyInclusion } from '../../src/audit/merkle.ts';
import { parseNote, printNote, verifyNote } from '../../src/audit/note.ts';
import { parseVkey, printVkey } from '../../src/audit/vkey.ts';
import { addCheckpointBody, tlogProof } from '../../src/audit/witness.ts';

const FOLDER = new URL('vectors/tlog/', import.meta.url).pathname;
const text = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const keys = text('vkeys.txt').trimEnd().split('\n').map(parseVkey);

/** C2SP tlog-tiles: "Entry bundles are sequences of big-endian uint16 length-prefixed log entries." */
function* bundle(name: string): Generator<Buffer> {
  const octets = readFileSync(join(FOLDER, 'tile/entries', name));
  for (let at = 0; at < octets.length; ) {
    const end = at + 2 + octets.readUInt16BE(at);
    yield octets.subarray(at + 2, end);
    at = end;
  }
}

const leaves = [...bundle('000'), ...bundle('001.p/44')];
const tree = new MerkleTree();
for (const leaf of leaves) tree.add(leaf);

describe('a log that SoftHSM has signed and golang.org/x/mod has accepted', () => {
  test('both keys are read and printed as they were published', () => {
    expect(keys.map(({ kind }) => kind)).toEqual(['ed25519', 'p256']);
    expect(`${keys.map(printVkey).join('\n')}\n`).toBe(text('vkeys.txt'));
  });

  test.each(['checkpoint', 'checkpoint.120'])('%s: both signatures verify, and the note is printed as it was', (name) => {
    const note = parseNote(text(name));
    expect(printNote(note)).toBe(text(name));
    expect(verifyNote(note, keys)).toEqual({ verified: keys, unknown: [] });
    for (const key of keys) expect(verifyNote(note, [key]).unknown).toHaveLength(1);
    expect(checkpointText(parseCheckpoint(note.text))).toBe(note.text);
  });

  test.each(['checkpoint', 'checkpoint.120'])('%s has the root of the entries', (name) => {
    const { size, root } = parseSignedCheckpoint(text(name));
    expect(Buffer.from(tree.root(size)).equals(root)).toBe(true);
  });

  test('the consistency proof is the same to the octet, and verifies', () => {
    expect(addCheckpointBody(tree, 120, text('checkpoint'))).toBe(text('consistency-120-300.txt'));
    const [old, now] = [parseSignedCheckpoint(text('checkpoint.120')), parseSignedCheckpoint(text('checkpoint'))];
    const lines = text('consistency-120-300.txt').split('\n\n')[0]!.split('\n').slice(1);
    const proof = lines.map((line) => Buffer.from(line, 'base64'));
    expect(verifyConsistency(120, 300, old.root, now.root, proof)).toBe(true);
  });

  test('the proof of entry 7 is the same to the octet, and verifies', () => {
    expect(tlogProof(tree, 7, text('checkpoint'))).toBe(text('entry-7.tlog-proof'));
    const [, , ...lines] = text('entry-7.tlog-proof').split('\n\n')[0]!.split('\n');
    const proof = lines.map((line) => Buffer.from(line, 'base64'));
    const leaf = leafHash(readFileSync(join(FOLDER, 'entry-7')));
    expect(verifyInclusion(leaf, 7, 300, proof, tree.root())).toBe(true);
    expect(verifyInclusion(leaf, 6, 300, proof, tree.root())).toBe(false);
  });

  test('every changed octet of a checkpoint is refused', () => {
    const whole = Buffer.from(text('checkpoint'));
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      expect(() => verifyBoth(changed), `octet ${at}`).toThrow();
    }
  });
});

/** Accepts only what is wholly as it was signed: both lines, nothing unknown. */
function verifyBoth(octets: Buffer): void {
  const note = parseNote(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  expect(verifyNote(note, keys).unknown).toEqual([]);
}
