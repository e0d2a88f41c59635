import type { TokenSummary } from '../../keystore/pkcs11/protocol.ts';
import { modulePathOf, type Pkcs11Uri, parsePkcs11Uri, plainLabel, printPkcs11Uri, tokenPart } from '../../keystore/pkcs11/uri.ts';
import { listTokens } from '../../keystore/token-administration.ts';
import { columns } from '../print/table.ts';
import { type Output, toJson } from './token-access.ts';

export interface TokenListOptions {
  /** URI with module-path and, to see one token, token= or serial=. Default: SoftHSM. */
  readonly token?: string;
  /** Library, instead of module-path in the URI. */
  readonly module?: string;
  /** Also print the mechanisms. */
  readonly mechanisms?: boolean;
  readonly json?: boolean;
}

/** `token list`: module → tokens → table. No login. */
export async function tokenList(options: TokenListOptions, out: Output): Promise<void> {
  const uri = moduleUri(options);
  const tokens = (await listTokens(uri)).filter((token) => isWanted(token, uri));
  out.write(
    options.json === true ? toJson(tokens.map((token) => ({ ...token, uri: uriOf(token, uri) }))) : printTokens(tokens, uri, options),
  );
}

function moduleUri(options: TokenListOptions): Pkcs11Uri {
  const given = parsePkcs11Uri(options.token ?? 'pkcs11:');
  const named = options.module === undefined ? given : { ...given, modulePath: options.module };
  return { ...named, modulePath: modulePathOf(named) };
}

function isWanted(token: TokenSummary, uri: Pkcs11Uri): boolean {
  return (uri.token === undefined || plainLabel(uri.token) === token.label) && (uri.serial === undefined || uri.serial === token.serial);
}

function uriOf(token: TokenSummary, uri: Pkcs11Uri): string {
  return printPkcs11Uri({ ...tokenPart(uri), token: token.label, serial: token.serial });
}

function printTokens(tokens: readonly TokenSummary[], uri: Pkcs11Uri, options: TokenListOptions): string {
  const head = ['LABEL', 'SERIAL', 'MODEL', 'USER PIN', 'URI'];
  const rows = tokens.map((token) => [
    token.initialized ? token.label : '(not initialised)',
    token.serial || '-',
    `${token.manufacturer} ${token.model} ${token.firmware}`,
    token.userPinInitialized ? token.userPin : 'not set',
    token.initialized ? uriOf(token, uri) : '-',
  ]);
  const mechanisms =
    options.mechanisms === true ? tokens.map((token) => `${token.label}: ${token.mechanisms.map(({ name }) => name).join(' ')}\n`) : [];
  return columns([head, ...rows]) + mechanisms.join('');
}
