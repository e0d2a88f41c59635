import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { pack } from 'tar-stream';
import { Fault } from '../../signer/errors.ts';

/** One file of an export. Read twice: for the manifest, and for the archive. */
export interface ExportMember {
  /** Inside the top folder. */
  readonly path: string;
  readonly size?: number;
  /** Hexadecimal. */
  readonly sha256?: string;
  readonly chunks: () => Iterable<Uint8Array>;
}

export function octetsMember(path: string, octets: string | Uint8Array): ExportMember {
  const bytes = typeof octets === 'string' ? new TextEncoder().encode(octets) : octets;
  return { path, chunks: () => [bytes] };
}

/** @param file on the disk; it may be larger than the memory */
export function fileMember(path: string, file: string): ExportMember {
  return { path, chunks: () => chunksOf(file) };
}

export function hashedMember({ path, chunks }: ExportMember): Required<ExportMember> {
  const hash = createHash('sha256');
  let size = 0;
  for (const chunk of chunks()) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { path, size, sha256: hash.digest('hex'), chunks };
}

/**
 * The archive, piece by piece: POSIX ustar, members in the order given, mode 0644, no times, no owners.
 *
 * @param folder that all members are put under
 * @throws Fault audit/changed-while-read when a member is no longer what was hashed
 */
export async function* packMembers(members: readonly Required<ExportMember>[], folder: string): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const packed = packAll();
  // What goes wrong there reaches the loop below through the stream; until then nobody waits for it.
  packed.catch(() => {});
  for await (const chunk of archive) yield chunk as Uint8Array;
  await packed;

  async function packAll(): Promise<void> {
    try {
      for (const member of members) await packOne(member);
      archive.finalize();
    } catch (error) {
      archive.destroy(error as Error);
      throw error;
    }
  }

  async function packOne({ path, size, sha256, chunks }: Required<ExportMember>): Promise<void> {
    const hash = createHash('sha256');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const header = { name: `${folder}/${path}`, size, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: 'file' } as const;
    const entry = archive.entry(header, (error) => (error ? reject(error) : resolve()));
    // The archive that is given up takes its open member along, which tells it in both ways; what went wrong is thrown below.
    promise.catch(() => {});
    entry.on('error', () => {});
    let left = size;
    for (const chunk of chunks()) {
      hash.update(chunk);
      left -= chunk.length;
      if (left < 0) break;
      if (!entry.write(chunk)) await new Promise<void>((drained) => entry.once('drain', () => drained()));
    }
    if (left !== 0 || hash.digest('hex') !== sha256) throw changed(path);
    entry.end(undefined);
    await promise;
  }
}

const CHUNK = 1 << 20;

function* chunksOf(path: string): Generator<Uint8Array> {
  const fd = open(path);
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const count = readSync(fd, chunk, 0, CHUNK, null);
      if (count === 0) return;
      yield chunk.subarray(0, count);
    }
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('audit/not-readable', `${path} could not be opened (${why})`, 'check the permissions of the folder', { cause });
  }
}

function changed(path: string): Fault {
  return new Fault(
    'audit/changed-while-read',
    `${path} changed between two readings of one export`,
    'find out what else writes into the workspace, and check the disk; then export again',
  );
}
