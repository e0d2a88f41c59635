import { latin1, WireWriter } from '../../../signer/dns/bytes.ts';
import { lowerCaseName, parseName, printName } from '../../../signer/dns/name.ts';
import { printPresentation } from '../../../signer/dns/rdata/registry.ts';
import { typeMnemonic } from '../../../signer/dns/rrtype.ts';
import { Refusal } from '../../../signer/errors.ts';
import { readZoneFile, type ZoneFileReading } from '../../../signer/zonefile/parse.ts';
import type { ReadOptions } from '../../../signer/zonefile/reader.ts';
import type { ZoneOpener } from '../../../signer/zonefile/source.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Opens files held in memory; a file gives at most `piece` octets at a time. `open` counts the files not yet closed. */
export function memoryOpener(files: Files, piece = 1 << 20, open: { count: number } = { count: 0 }): ZoneOpener {
  return (path) => {
    const text = files[path];
    if (text === undefined) throw new Refusal('file/not-found', `file ${path} does not exist`, 'check the path');
    const bytes = typeof text === 'string' ? Uint8Array.from(text, (c) => c.charCodeAt(0)) : text;
    let done = 0;
    open.count++;
    return {
      name: path,
      identity: path,
      sizeHint: bytes.length,
      read(into, at) {
        const count = Math.min(piece, bytes.length - done, into.length - at);
        into.set(bytes.subarray(done, done + count), at);
        done += count;
        return count;
      },
      [Symbol.dispose]() {
        open.count--;
      },
    };
  };
}

/** Reads the file `zone` of `files`. */
export function read(files: Files | string, origin = 'example.', options: ReadOptions = {}, piece?: number): ZoneFileReading {
  const all = typeof files === 'string' ? { zone: files } : files;
  return readZoneFile(memoryOpener(all, piece), 'zone', lowerCaseName(parseName(origin)), options);
}

/** Records as lines `owner TTL IN type RDATA`, with mnemonics for all types. */
export function recordLines({ store }: ZoneFileReading): string[] {
  const lines: string[] = [];
  const { bytes } = store.wire;
  for (let k = 0; k < store.count; k++) {
    const out = new WireWriter(512);
    const at = store.rdataAt[k]!;
    const type = store.type[k]!;
    printPresentation(type, bytes, at, at + store.rdataLength[k]!, out);
    lines.push(`${printName(bytes, store.nameAt[store.owner[k]!])} ${store.ttl[k]} IN ${typeMnemonic(type)} ${latin1(out.slice())}`);
  }
  return lines;
}

/** Findings as `file:line:column ID`, the file left out where it is `zone`. */
export function findingPlaces({ findings }: ZoneFileReading): string[] {
  return findings.map(({ file, line, column, id }) => `${file === 'zone' ? '' : `${file}:`}${line}:${column} ${id}`);
}
