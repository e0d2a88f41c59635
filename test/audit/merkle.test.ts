import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leafHash, MerkleTree, nodeSha256, verifyConsistency, verifyInclusion } from '../../src/audit/merkle.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const sha256 = (...parts: Uint8Array[]): Buffer => parts.reduce((h, part) => h.update(part), createHash('sha256')).digest();

/** RFC 6962 2.1, word by word: MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])), k the largest power of two smaller than n. */
function mth(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Uint8Array.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

function treeOf(leaves: readonly Uint8Array[], hash?: (octets: Uint8Array) => Uint8Array): MerkleTree {
  const tree = new MerkleTree(hash);
  for (const leaf of leaves) tree.add(leaf);
  return tree;
}

/** Leaves of different lengths, none and 1500 octets among them. */
const numbered = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => new Uint8Array(i === 0 ? 0 : i === 3 ? 1500 : (i % 40) + 1).fill(i));

describe('RFC 6962 2.1.3: the tree with seven leaves', () => {
  const d = Array.from({ length: 7 }, (_, i) => Uint8Array.of(0x64, i));
  const leaf = (i: number): Buffer => sha256(Uint8Array.of(0), d[i]!);
  const node = (left: Buffer, right: Buffer): Buffer => sha256(Uint8Array.of(1), left, right);
  const [a, b, c, d3, e, f, j] = [0, 1, 2, 3, 4, 5, 6].map(leaf) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const [g, h, i] = [node(a, b), node(c, d3), node(e, f)];
  const [k, l] = [node(g, h), node(i, j)];
  const tree = treeOf(d);

  test('The audit path for d0 is [b, h, l], for d3 [c, g, l], for d4 [f, j, k], for d6 [i, k]', () => {
    const paths = [0, 3, 4, 6].map((index) => tree.inclusionProof(index).map(hex));
    expect(paths).toEqual([[b, h, l].map(hex), [c, g, l].map(hex), [f, j, k].map(hex), [i, k].map(hex)]);
  });

  test('The consistency proof between hash0 (three leaves) and hash is [c, d, g, l]; hash1 (four): [l]; hash2 (six): [i, j, k]', () => {
    const proofs = [3, 4, 6].map((old) => tree.consistencyProof(old).map(hex));
    expect(proofs).toEqual([[c, d3, g, l].map(hex), [l].map(hex), [i, j, k].map(hex)]);
  });

  test('the root is that of k and l', () => {
    expect(hex(tree.root())).toBe(hex(node(k, l)));
  });
});

describe('the eight leaves of the Certificate Transparency test suite', () => {
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];
  const tree = treeOf(leaves.map((leaf) => Buffer.from(leaf, 'hex')));

  test('roots of all sizes, also after the tree has grown', () => {
    expect(roots.map((_, size) => hex(tree.root(size)))).toEqual(roots);
  });
});

describe('what the tree proves', () => {
  const leaves = numbered(300);
  const tree = treeOf(leaves);

  test('both implementations of SHA-256 make the same tree, at every size that of the definition', () => {
    const other = treeOf(leaves, nodeSha256);
    for (const size of [0, 1, 2, 3, 7, 8, 9, 127, 128, 255, 256, 257, 300]) {
      expect(hex(tree.root(size)), String(size)).toBe(hex(mth(leaves.slice(0, size))));
      expect(hex(other.root(size)), String(size)).toBe(hex(tree.root(size)));
    }
  });

  test('one implementation goes on where the other has stopped', () => {
    const mixed = treeOf(leaves.slice(0, 131), nodeSha256);
    mixed.continueWith((octets) => sha256(octets));
    for (const leaf of leaves.slice(131)) mixed.add(leaf);
    expect(hex(mixed.root())).toBe(hex(tree.root()));
  });

  const sizes = fc.integer({ min: 1, max: 300 }).chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 })));

  test('RFC 9162 2.1.3.2: every leaf is proven at every size, and no other leaf, index or size by the same proof', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([size, index], flip) => {
        const [leaf, root, proof] = [leafHash(leaves[index]!), tree.root(size), tree.inclusionProof(index, size)];
        expect(verifyInclusion(leaf, index, size, proof, root)).toBe(true);
        expect(verifyInclusion(flipped(leaf, flip), index, size, proof, root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, proof, flipped(root, flip))).toBe(false);
        for (let i = 0; i < proof.length; i++) {
          const changed = proof.with(i, flipped(proof[i]!, flip));
          expect(verifyInclusion(leaf, index, size, changed, root)).toBe(false);
        }
        expect(verifyInclusion(leaf, index, size, [...proof, root], root)).toBe(false);
        if (proof.length > 0) expect(verifyInclusion(leaf, index, size, proof.slice(1), root)).toBe(false);
        expect(verifyInclusion(leaf, (index + 1) % size, size, proof, root)).toBe(size === 1);
        expect(verifyInclusion(leaf, size, size, proof, root)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('RFC 9162 2.1.4.2: every size is the beginning of every larger one, and nothing else is', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([size, smaller], flip) => {
        const old = smaller + 1;
        const [oldRoot, root, proof] = [tree.root(old), tree.root(size), tree.consistencyProof(old, size)];
        expect(verifyConsistency(old, size, oldRoot, root, proof)).toBe(true);
        expect(verifyConsistency(old, size, flipped(oldRoot, flip), root, proof)).toBe(false);
        expect(verifyConsistency(old, size, oldRoot, flipped(root, flip), proof)).toBe(false);
        for (let i = 0; i < proof.length; i++) {
          const changed = proof.with(i, flipped(proof[i]!, flip));
          expect(verifyConsistency(old, size, oldRoot, root, changed)).toBe(false);
        }
        expect(verifyConsistency(old, size, oldRoot, root, [...proof, root])).toBe(false);
        if (proof.length > 0) expect(verifyConsistency(old, size, oldRoot, root, proof.slice(0, -1))).toBe(false);
        expect(verifyConsistency(size, old, root, oldRoot, proof)).toBe(old === size);
      }),
      { numRuns: 60 },
    );
  });

  test('of an empty tree everything is a continuation, without proof', () => {
    expect(tree.consistencyProof(0, 9)).toEqual([]);
    expect(verifyConsistency(0, 9, tree.root(0), tree.root(9), [])).toBe(true);
    expect(verifyConsistency(0, 9, tree.root(0), tree.root(9), [tree.root(9)])).toBe(false);
  });

  test('proofs of what is not there are bugs of the caller', () => {
    expect(() => tree.root(301)).toThrow(RangeError);
    expect(() => tree.inclusionProof(300)).toThrow(RangeError);
    expect(() => tree.inclusionProof(7, 7)).toThrow(RangeError);
    expect(() => tree.consistencyProof(8, 7)).toThrow(RangeError);
    expect(() => tree.root(1.5)).toThrow(RangeError);
    expect(() => new MerkleTree().addHash(new Uint8Array(31))).toThrow(RangeError);
  });

  test('what is handed out cannot change the tree', () => {
    const before = hex(tree.root(256));
    tree.root(256).fill(0);
    tree.inclusionProof(9)[0]!.fill(0);
    expect(hex(tree.root(256))).toBe(before);
  });
});

function flipped(octets: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(octets);
  copy[at % copy.length]! ^= 1 << (at % 8);
  return copy;
}
