import { algorithmOfShape, describeShape } from '../../keystore/key.ts';
import type { Keystore } from '../../keystore/keystore.ts';
import type { PinOptions } from '../../keystore/pin/source.ts';
import type { TokenObject } from '../../keystore/pkcs11/inventory.ts';
import { equalBytes, toHex } from '../../signer/dns/bytes.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { LoggedKey, TokenRef } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import type { Io } from '../io.ts';
import type { State } from '../state/state.ts';
import { headLabel } from '../workspace/head.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { loginRules } from '../workspace/session.ts';
import { WorkspaceTokens } from '../workspace/tokens.ts';

/** A token of the workspace with all that is stored on it. */
export interface TokenView {
  readonly token: PlacedToken;
  /** Roles that the configuration gives it. */
  readonly roles: readonly TokenRole[];
  readonly objects: readonly TokenObject[];
}

/** Clones of a token have its label and serial number: the place in the configuration tells them apart. */
export interface PlacedToken extends TokenRef {
  readonly place: string;
}

/** A token that could not be looked at: what is on it, or is missing there, is not known. */
export interface UnseenToken {
  readonly place: string;
  readonly role: TokenRole;
  readonly why: string;
}

export interface TokenViews {
  readonly views: readonly TokenView[];
  readonly unseen: readonly UnseenToken[];
}

/** An object that neither a key of the log nor the log itself explains. */
export interface UnusedObject {
  readonly token: TokenRef;
  readonly kind: TokenObject['kind'];
  /** CKA_ID, hexadecimal; empty: none. */
  readonly id: string;
  readonly label: string;
  /** Size of a key and the algorithm of its curve; application of a data object; else empty. */
  readonly what: string;
}

const ROLES: readonly TokenRole[] = ['ksk', 'zsk', 'audit'];

/**
 * Looks at all tokens of the workspace, the replicas too; one that cannot be looked at does not hide the others. Logs in; changes nothing.
 * @throws Refusal, Fault token/…, pin/… of the first, where none can be looked at
 */
export async function viewTokens(
  { config, paths, state }: Pick<ReadWorkspace, 'config' | 'paths' | 'state'>,
  pins: PinOptions,
  io: Io,
): Promise<TokenViews> {
  await using tokens = new WorkspaceTokens({ ...pins, uris: config.tokens, login: loginRules(pins, paths, state) }, io);
  const views = new Map<Keystore, { token: PlacedToken; roles: TokenRole[]; objects: readonly TokenObject[] }>();
  const unseen: UnseenToken[] = [];
  const failures: unknown[] = [];
  for (const role of ROLES.filter((one) => config.tokens[one].length > 0)) {
    for (const { name, open } of tokens.replicas(role)) {
      try {
        const keystore = await open();
        const known = views.get(keystore);
        if (known === undefined) {
          const { label, serial } = keystore.token;
          views.set(keystore, { token: { label, serial, place: name }, roles: [role], objects: await keystore.listObjects() });
        } else if (!known.roles.includes(role)) known.roles.push(role);
      } catch (error) {
        if (!((error instanceof Refusal || error instanceof Fault) && /^(?:token|pin)\//.test(error.code))) throw error;
        failures.push(error);
        unseen.push({ place: name, role, why: error.message });
      }
    }
  }
  if (views.size === 0 && failures.length > 0) throw failures[0];
  return { views: [...views.values()], unseen };
}

/** Tokens of the key's role that have no private key of this CKA_ID, label and public key. */
export function missingFrom(key: LoggedKey, views: readonly TokenView[]): readonly PlacedToken[] {
  const ofRole = views.filter(({ roles }) => roles.includes(key.token as TokenRole));
  return ofRole
    .filter(({ objects }) => !objects.some((object) => object.kind === 'private-key' && isOf(object, key)))
    .map(({ token }) => token);
}

/** What is on the tokens and belongs to no key of the log that is not destroyed, nor to the log: listed for people, never touched. */
export function unusedObjects(state: State, views: readonly TokenView[]): readonly UnusedObject[] {
  const keys = Object.values(state.zones).flatMap((zone) => zone.keys);
  const byId = Map.groupBy(keys, ({ id }) => id);
  const isUsed = (object: TokenObject): boolean =>
    isOfLog(object, state) || (byId.get(toHex(object.id)) ?? []).some((key) => isOf(object, key));
  return views.flatMap(({ token, objects }) =>
    objects
      .filter((object) => !isUsed(object))
      .map((object) => ({ token, kind: object.kind, id: toHex(object.id), label: object.label, what: whatOf(object) }))
      .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)),
  );
}

/** A pair is known by CKA_ID and public key; a private key whose public half does not show, by its label. */
function isOf({ kind, id, label, publicKey }: TokenObject, key: LoggedKey): boolean {
  if (toHex(id) !== key.id || (kind !== 'private-key' && kind !== 'public-key')) return false;
  if (publicKey === undefined) return label === key.label;
  return equalBytes(publicKey, Buffer.from(key.dnskey, 'base64').subarray(4));
}

function isOfLog({ kind, id, label, application }: TokenObject, { auditKey, origin }: State): boolean {
  if (kind === 'data') return application === 'coldsign' && label === headLabel(origin);
  const isKey = kind === 'private-key' || kind === 'public-key';
  return isKey && auditKey !== undefined && label === auditKey.label && toHex(id) === auditKey.id;
}

function whatOf({ shape, application }: TokenObject): string {
  if (application !== undefined) return application === '' ? '' : `of ${application}`;
  if (shape === undefined) return '';
  const algorithm = algorithmOfShape(shape);
  return algorithm === undefined ? describeShape(shape) : `${describeShape(shape)}, ${algorithmLabel(algorithm)}`;
}

const sortKey = ({ kind, label, id }: UnusedObject): string => `${kind} ${label} ${id}`;
