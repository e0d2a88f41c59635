import { toHex } from '../../signer/dns/bytes.ts';
import { CKA } from './constants.ts';
import { findKeys, type ObjectHandle, readAttribute } from './native.ts';
import { indexPublicObjects, namePrivateObjects, type PrivateObject } from './objects.ts';
import type { TokenSession } from './token-session.ts';

export interface KeyName {
  readonly id: Uint8Array;
  readonly label?: string;
}

/** The objects with one CKA_ID. */
export interface IdObjects {
  readonly privateObjects: readonly PrivateObject[];
  readonly publicObjects: readonly ObjectHandle[];
}

/** A search costs time in proportion to the objects on the token, an index of all some ten times as much. */
const SEARCHES_BEFORE_INDEX = 8;
const NONE: IdObjects = { privateObjects: [], publicObjects: [] };

/**
 * Key objects by CKA_ID. The first are searched for one by one; for more, all objects are read once: with a search for each, the time
 * for all keys of a token would grow with their square.
 */
export class ObjectIndex {
  readonly #token: TokenSession;
  readonly #known = new Map<string, IdObjects>();
  #searches = 0;
  #isComplete = false;

  constructor(token: TokenSession) {
    this.#token = token;
  }

  /**
   * Objects with this CKA_ID, and at least one private key of this label among them if there is one.
   * Another process may have made the key since the index was read, so what is not known is searched for.
   */
  find({ id, label }: KeyName): IdObjects {
    const known = (): IdObjects | undefined => {
      const objects = this.#known.get(toHex(id));
      return label === undefined || objects?.privateObjects.some((object) => object.label === label) ? objects : undefined;
    };
    return known() ?? (this.#completeNow() ? known() : undefined) ?? this.#search(id);
  }

  /** Has an object this CKA_ID? Asked for random IDs, which nobody else makes too: once the index is complete nothing is searched. */
  isTaken(id: Uint8Array): boolean {
    this.#completeNow();
    return this.#known.has(toHex(id)) || (!this.#isComplete && this.#search(id) !== NONE);
  }

  /** A pair that was just made. */
  add(id: Uint8Array, objects: IdObjects): void {
    this.#known.set(toHex(id), objects);
  }

  /** A pair that was destroyed. */
  remove(id: Uint8Array): void {
    this.#known.delete(toHex(id));
  }

  /** Reads all objects when it is time to. @returns whether it did */
  #completeNow(): boolean {
    if (this.#isComplete || this.#searches < SEARCHES_BEFORE_INDEX) return false;
    const { library, work } = this.#token;
    const privateObjects = Map.groupBy(namePrivateObjects(this.#token, findKeys(library, work, 'privateKey')), ({ id }) => toHex(id));
    const publicObjects = indexPublicObjects(this.#token, findKeys(library, work, 'publicKey'));
    for (const id of [...privateObjects.keys(), ...publicObjects.keys()]) {
      this.#known.set(id, { privateObjects: privateObjects.get(id) ?? [], publicObjects: publicObjects.get(id) ?? [] });
    }
    this.#isComplete = true;
    return true;
  }

  #search(id: Uint8Array): IdObjects {
    this.#searches++;
    const { library, work } = this.#token;
    const search = (kind: 'privateKey' | 'publicKey'): ObjectHandle[] =>
      id.length > 0 ? findKeys(library, work, kind, id) : keysWithoutId(this.#token, kind);
    const privateObjects = namePrivateObjects(this.#token, search('privateKey'));
    const publicObjects = search('publicKey');
    if (privateObjects.length + publicObjects.length === 0) return NONE;
    const found = { privateObjects, publicObjects };
    this.#known.set(toHex(id), found);
    return found;
  }
}

/** An object that has no CKA_ID is not found by an empty one everywhere. */
function keysWithoutId({ library, work }: TokenSession, kind: 'privateKey' | 'publicKey'): ObjectHandle[] {
  return findKeys(library, work, kind).filter((object) => readAttribute(library, work, object, CKA.id) === undefined);
}
