import { createHash } from 'node:crypto';
import { Refusal } from '../../signer/errors.ts';
import type { ZoneOpener, ZoneSource } from '../../signer/zonefile/source.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';

/** Zone text that is in memory already. Includes nothing. */
export function octetsOpener(name: string, octets: Uint8Array): ZoneOpener {
  return (path, includedFrom) => {
    refuseInclude(path, includedFrom);
    let given = 0;
    return {
      name,
      identity: name,
      sizeHint: octets.length,
      read(into, at) {
        const piece = octets.subarray(given, given + into.length - at);
        into.set(piece, at);
        given += piece.length;
        return piece.length;
      },
      [Symbol.dispose]() {},
    };
  };
}

/** A zone file whose octets are hashed on their way to the parser: what is believed is what was read, and read once. */
export class HashedZoneFile {
  readonly #hash = createHash('sha256');
  readonly open: ZoneOpener;

  constructor() {
    const opener = zoneFileOpener();
    this.open = (path, includedFrom) => {
      refuseInclude(path, includedFrom);
      return this.#tap(opener(path));
    };
  }

  /** Hexadecimal; of the octets that were read. Ends the hash. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  #tap(source: ZoneSource): ZoneSource {
    return {
      name: source.name,
      identity: source.identity,
      sizeHint: source.sizeHint,
      read: (into, at) => {
        const count = source.read(into, at);
        this.#hash.update(into.subarray(at, at + count));
        return count;
      },
      [Symbol.dispose]: () => source[Symbol.dispose](),
    };
  }
}

/** What a file includes would be another file at the name server than it was here. */
function refuseInclude(path: string, includedFrom: ZoneSource | undefined): void {
  if (includedFrom === undefined) return;
  throw new Refusal(
    'file/include-outside',
    `${includedFrom.name} includes ${path}; the zone of a release is one file`,
    'make the release anew on the signing side',
  );
}
