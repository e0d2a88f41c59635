import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Fault } from '../../signer/errors.ts';
import type { ZoneOpener, ZoneSource } from '../../signer/zonefile/source.ts';
import type { ArtifactRef } from '../audit/entry.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import { AtomicFile, writeFileAtomically } from './atomic-file.ts';

/** artifacts/<sha256>: everything the log refers to and is too big for an entry. Never changed, never removed. */
export class ArtifactStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** On the disk when this returns. */
  put(octets: Uint8Array, name: string): ArtifactRef {
    const sha256 = createHash('sha256').update(octets).digest('hex');
    const path = join(this.folder, sha256);
    if (!isThere(path, sha256, octets.length)) writeFileAtomically(path, octets);
    return { sha256, size: octets.length, name };
  }

  /** @throws Fault audit/artifact-missing, audit/artifact-changed */
  get({ sha256, name }: Pick<ArtifactRef, 'sha256' | 'name'>): Buffer {
    const path = join(this.folder, sha256);
    let octets: Buffer;
    try {
      octets = readFileSync(path);
    } catch (cause) {
      throw new Fault('audit/artifact-missing', `${path} (${name}) cannot be read`, 'bring it back from a backup or an export', { cause });
    }
    const found = createHash('sha256').update(octets).digest('hex');
    if (found === sha256) return octets;
    throw new Fault(
      'audit/artifact-changed',
      `${path} (${name}) has the sha256 ${found}`,
      'bring it back from a backup or an export, and find out who changed it',
    );
  }

  /**
   * An opener whose sources keep what is read from them: the octets that are parsed are those that become artifacts, however often the file
   * is changed meanwhile.
   * @param root names of files are told relative to it
   */
  recording(opener: ZoneOpener, root: string): RecordingOpener {
    const recordings: Recording[] = [];
    return {
      open: (path, includedFrom) => {
        const source = opener(path, includedFrom);
        const recording = new Recording(this.folder, nameOf(source, root));
        recordings.push(recording);
        return recordedSource(source, recording);
      },
      keep: () => recordings.map((recording) => recording.keep(this.folder)),
      [Symbol.dispose]: () => {
        for (const recording of recordings) recording[Symbol.dispose]();
      },
    };
  }
}

export interface RecordingOpener extends Disposable {
  readonly open: ZoneOpener;
  /** Makes artifacts of all that was read, in the order of opening. Without it nothing is kept. */
  keep(): readonly ArtifactRef[];
}

class Recording implements Disposable {
  readonly #name: string;
  readonly #hash = createHash('sha256');
  readonly #file: AtomicFile;

  constructor(folder: string, name: string) {
    this.#name = name;
    mkdirSync(folder, { recursive: true });
    this.#file = new AtomicFile(join(folder, 'incoming'));
  }

  add(octets: Uint8Array): void {
    this.#hash.update(octets);
    this.#file.write(octets);
  }

  keep(folder: string): ArtifactRef {
    const sha256 = this.#hash.digest('hex');
    const size = this.#file.octets;
    if (!isThere(join(folder, sha256), sha256, size)) this.#file.commitAs(join(folder, sha256));
    return { sha256, size, name: this.#name };
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

function recordedSource(source: ZoneSource, recording: Recording): ZoneSource {
  return {
    name: source.name,
    identity: source.identity,
    sizeHint: source.sizeHint,
    read(into, at) {
      const count = source.read(into, at);
      if (count > 0) recording.add(into.subarray(at, at + count));
      return count;
    },
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

function nameOf(source: ZoneSource, root: string): string {
  const inside = relative(realpathSync(root), source.identity);
  return inside.startsWith('..') ? source.identity : inside;
}

/** Whole: one that was damaged since is written anew while its octets are at hand. */
function isThere(path: string, sha256: string, size: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === size && sha256OfFile(path) === sha256;
}
