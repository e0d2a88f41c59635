import { Refusal } from '../../signer/errors.ts';
import type { ZoneOpener } from '../../signer/zonefile/source.ts';

/** Zone text that is in memory already. Includes nothing. */
export function octetsOpener(name: string, octets: Uint8Array): ZoneOpener {
  return (path, includedFrom) => {
    if (includedFrom !== undefined)
      throw new Refusal('file/include-outside', `${name} includes ${path}; it is complete as it is`, 'give a file without $INCLUDE');
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
