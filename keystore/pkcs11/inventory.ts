import type { KeyShape } from '../key.ts';
import { CKA, CKO } from './constants.ts';
import { type ObjectHandle, readAttribute, readNumber, search } from './native.ts';
import { describeKey } from './objects.ts';
import type { TokenSession } from './token-session.ts';

/** Anything that is stored on a token, as far as it shows. */
export interface TokenObject {
  readonly kind: 'private-key' | 'public-key' | 'secret-key' | 'certificate' | 'data' | 'other';
  /** CKA_ID; empty where it has none. */
  readonly id: Uint8Array;
  readonly label: string;
  /** CKA_APPLICATION of a data object. */
  readonly application?: string;
  /** Of private and public keys. */
  readonly shape?: KeyShape;
  /** Public key field of the DNSKEY RDATA, where the object itself, or the public object of the same name, gives it. */
  readonly publicKey?: Uint8Array;
}

const KIND = new Map<number, TokenObject['kind']>([
  [CKO.privateKey, 'private-key'],
  [CKO.publicKey, 'public-key'],
  [CKO.data, 'data'],
  [0x1, 'certificate'],
  [0x4, 'secret-key'],
]);

/** All objects stored on the token that a user who is logged in sees; session objects left out. Values of secret objects are never read. */
export function listAllObjects(token: TokenSession): TokenObject[] {
  const handles = search(token.library, token.work, [{ type: CKA.token, value: true }]);
  const publicByName = Map.groupBy(
    handles.filter((handle) => kindOf(token, handle) === 'public-key'),
    (handle) => nameOf(token, handle),
  );
  return handles.map((handle) => describe(token, handle, publicByName));
}

function describe(token: TokenSession, handle: ObjectHandle, publicByName: ReadonlyMap<string, readonly ObjectHandle[]>): TokenObject {
  const { library, work } = token;
  const kind = kindOf(token, handle);
  const id = Uint8Array.from(readAttribute(library, work, handle, CKA.id) ?? []);
  const label = text(readAttribute(library, work, handle, CKA.label));
  const told = { kind, id, label };
  if (kind === 'data') return { ...told, application: text(readAttribute(library, work, handle, CKA.application)) };
  if (kind !== 'private-key' && kind !== 'public-key') return told;
  const neighbours = kind === 'private-key' ? (publicByName.get(nameOf(token, handle)) ?? []) : [];
  const { shape, publicKey } = describeKey(token, { handle, id, label }, neighbours);
  return { ...told, shape, ...(publicKey === undefined ? {} : { publicKey }) };
}

function kindOf({ library, work }: TokenSession, handle: ObjectHandle): TokenObject['kind'] {
  return KIND.get(readNumber(library, work, handle, CKA.class) ?? -1) ?? 'other';
}

/** By CKA_ID; by label where there is none. */
function nameOf({ library, work }: TokenSession, handle: ObjectHandle): string {
  const id = readAttribute(library, work, handle, CKA.id);
  return id === undefined ? `label ${text(readAttribute(library, work, handle, CKA.label))}` : `id ${id.toString('hex')}`;
}

function text(octets: Uint8Array | undefined): string {
  return new TextDecoder().decode(octets ?? new Uint8Array());
}
