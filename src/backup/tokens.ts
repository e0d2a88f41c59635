import type { Keystore } from '../../keystore/keystore.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { Refusal } from '../../signer/errors.ts';
import type { TokenRef } from '../audit/entry.ts';
import type { Config, TokenRole } from '../config/config.ts';
import { findWorkspace } from '../workspace/find.ts';
import type { Session } from '../workspace/session.ts';

const ROLES: readonly TokenRole[] = ['ksk', 'zsk', 'audit'];

/**
 * The token of the role; without one, the only token that all roles of the workspace have.
 * @throws Refusal usage/backup-role, and those of opening it
 */
export async function tokenOfRole({ tokens, config }: Session, role: TokenRole | undefined): Promise<Keystore> {
  if (role !== undefined) return tokens.keystore(role);
  const named = ROLES.filter((one) => config.tokens[one].length > 0);
  const stores = await Promise.all(named.map((one) => tokens.keystore(one)));
  const [first] = stores;
  // Clones have one serial number, and need not have the same keys.
  const { size } = new Set(stores);
  if (first !== undefined && size === 1) return first;
  const told = named.map((one, i) => `${one} is on "${stores[i]!.token.label}" (serial ${stores[i]!.token.serial})`).join(', ');
  throw new Refusal('usage/backup-role', `the roles of this workspace are on ${size} tokens: ${told}`, 'say which with --role');
}

/** @throws Refusal usage/backup-role */
export function parseTokenRole(text: string): TokenRole {
  const role = ROLES.find((one) => one === text);
  if (role !== undefined) return role;
  throw new Refusal('usage/backup-role', `--role ${text} is none of ${ROLES.join(', ')}`, 'name the role of a token in coldsign.yaml');
}

/** How the workspace reaches the token of a backup: its module and its PIN source serve a copy of it too. */
export function originalUri({ tokens }: Config, { label, serial }: TokenRef): Pkcs11Uri | undefined {
  const uris = ROLES.flatMap((role) => tokens[role]).map(parsePkcs11Uri);
  return (
    uris.find((uri) => uri.serial === serial && (uri.token ?? label) === label) ??
    uris.find((uri) => uri.serial === undefined && uri.token === label)
  );
}

/** Is there a workspace here? One that is named must be one. */
export function isInWorkspace(dir: string | undefined): boolean {
  if (dir !== undefined) return true;
  try {
    findWorkspace(dir);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

export const keyCount = (count: number): string => (count === 1 ? '1 key' : `${count} keys`);
