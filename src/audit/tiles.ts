import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../signer/errors.ts';
import { type LogContent, leafAt } from './log.ts';

/** Hashes or entries in a full tile. */
const WIDTH = 256;
const LEVELS_PER_TILE = 8;

/**
 * Writes the tiles of the log at `size` under `audit/tile/`: hashes of all levels, and bundles of entries. What is there with the right length is
 * left alone; partial tiles of other sizes are removed. Tiles can be made anew from entries.jsonl at any time, so they are not synced.
 *
 * @param audit folder of the log
 * @throws Fault audit/not-writable
 * @see C2SP tlog-tiles
 */
export function writeTiles(audit: string, content: LogContent, size: number): void {
  try {
    const partial = new Set<string>();
    for (const tile of tilesOf(content, size)) {
      if (tile.width < WIDTH) partial.add(tile.path);
      const path = join(audit, tile.path);
      if (statSync(path, { throwIfNoEntry: false })?.size !== tile.octets) put(path, tile.make());
    }
    for (const path of filesUnder(audit)) if (path.includes('.p/') && !partial.has(path)) removePartial(audit, path);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code;
    if (why === undefined) throw cause;
    throw new Fault(
      'audit/not-writable',
      `a tile under ${join(audit, 'tile')} could not be written (${why})`,
      'check the disk and the folder',
      {
        cause,
      },
    );
  }
}

/** Makes all tiles anew, whatever is there. @throws Fault audit/not-writable */
export function rebuildTiles(audit: string, content: LogContent, size: number): void {
  rmSync(join(audit, 'tile'), { recursive: true, force: true });
  writeTiles(audit, content, size);
}

/** Tiles that are missing, differ from the log or do not belong to this size: paths below `audit`, sorted. */
export function checkTiles(audit: string, content: LogContent, size: number): string[] {
  const wrong: string[] = [];
  const known = new Set<string>();
  for (const tile of tilesOf(content, size)) {
    known.add(tile.path);
    const path = join(audit, tile.path);
    if (!existsSync(path) || !readFileSync(path).equals(tile.make())) wrong.push(tile.path);
  }
  return [...wrong, ...filesUnder(audit).filter((path) => !known.has(path))].sort();
}

/** Path of a tile below the folder of the log. @param level of hashes, or `entries` */
export function tilePath(level: number | 'entries', index: number, width: number): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const parts = digits.match(/.{3}/g)!;
  const number = parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join('/');
  return `tile/${level}/${number}${width < WIDTH ? `.p/${width}` : ''}`;
}

interface Tile {
  readonly path: string;
  readonly width: number;
  /** Length of the file. */
  readonly octets: number;
  make(): Uint8Array;
}

function* tilesOf(content: LogContent, size: number): Generator<Tile> {
  if (size > content.tree.size) throw new RangeError(`tiles of ${size} entries of a log of ${content.tree.size}`);
  for (const { index, width } of parts(size)) {
    const from = index * WIDTH;
    yield {
      path: tilePath('entries', index, width),
      width,
      octets: bundleOctets(content, from, from + width),
      make: () => entryBundle(content, from, from + width),
    };
  }
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / WIDTH)) {
    for (const { index, width } of parts(count)) {
      const make = (): Uint8Array => content.tree.completeSubtrees(level * LEVELS_PER_TILE, index * WIDTH, width);
      yield { path: tilePath(level, index, width), width, octets: width * 32, make };
    }
  }
}

function* parts(count: number): Generator<{ index: number; width: number }> {
  for (let index = 0; index * WIDTH < count; index++) yield { index, width: Math.min(WIDTH, count - index * WIDTH) };
}

/** Each entry with its length before it, big-endian in two octets. */
function entryBundle(content: LogContent, from: number, to: number): Uint8Array {
  const bundle = Buffer.alloc(bundleOctets(content, from, to));
  let at = 0;
  for (let seq = from; seq < to; seq++) {
    const leaf = leafAt(content, seq);
    at = bundle.writeUInt16BE(leaf.length, at);
    bundle.set(leaf, at);
    at += leaf.length;
  }
  return bundle;
}

/** In the file each entry has one octet more, its line feed; in the bundle two. */
function bundleOctets({ lineEnds }: LogContent, from: number, to: number): number {
  const start = from === 0 ? 0 : lineEnds[from - 1]! + 1;
  return lineEnds[to - 1]! + 1 - start + (to - from);
}

/** Under another name first: a tile that is there is complete. */
function put(path: string, octets: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.partial`, octets);
  renameSync(`${path}.partial`, path);
}

function removePartial(audit: string, path: string): void {
  rmSync(join(audit, path));
  const folder = dirname(join(audit, path));
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

/** Paths below `audit`, with `/`. */
function filesUnder(audit: string): string[] {
  const top = join(audit, 'tile');
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join('tile', join(entry.parentPath, entry.name).slice(top.length + 1)));
}
