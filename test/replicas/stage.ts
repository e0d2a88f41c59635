import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { dnskeyRdata, keyTag } from '../../signer/dnssec/dnskey.ts';
import { createTokenFolder, repairTokenFolder, tokenFolder } from '../../softhsm/token.ts';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import type { TestWorkspace } from '../support/workspace.ts';

/** URI of the first token of a role, as the configuration in force has it. */
export const tokenUri = (workspace: TestWorkspace, role: 'ksk' | 'zsk' | 'audit' = 'ksk'): string =>
  readWorkspace(workspace.dir).config.tokens[role][0]!;

export const keysOf = (workspace: TestWorkspace, zone = 'example.'): readonly LoggedKey[] =>
  readWorkspace(workspace.dir).state.zones[zone]?.keys ?? [];

/** A copy of the token that the URI names: the natural replica of a SoftHSM token. @returns its URI, with a PIN file of its own */
export function copyToken(uriText: string, dir: string): string {
  const uri = parsePkcs11Uri(uriText);
  const from = uri.softhsmConf!.replace(/\/[^/]*$/, '');
  cpSync(from, dir, { recursive: true });
  repairTokenFolder(dir);
  const { config, pinFile } = tokenFolder(dir);
  return printPkcs11Uri({ ...uri, softhsmConf: config, pinSource: `file:${pinFile}` });
}

/** The token's objects are out of reach until the returned function is called. */
export function takeAway(uriText: string): () => void {
  const { softhsmConf } = parsePkcs11Uri(uriText);
  const tokens = softhsmConf!.replace(/[^/]*$/, 'tokens');
  renameSync(tokens, `${tokens}.away`);
  return () => renameSync(`${tokens}.away`, tokens);
}

/** tokens: with several URIs for KSK and ZSK, and the first for the audit key. */
export function withReplicas(uris: readonly string[], audit = uris.slice(0, 1)): (text: string) => string {
  const list = (all: readonly string[]): string => `[${all.map((uri) => JSON.stringify(uri)).join(', ')}]`;
  const tokens = `tokens:\n  ksk: ${list(uris)}\n  zsk: ${list(uris)}\n  audit: ${list(audit)}\n`;
  return (text) => text.replace(/^tokens:\n(?: {2}.*\n)+/m, tokens);
}

/** A P-256 pair whose DNSKEY has the key tag: some 65,000 tries on the average, and that without a token. */
export function keyWithTag(flags: number, tag: number): KeyObject {
  for (;;) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const point = Buffer.concat([Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
    if (keyTag(dnskeyRdata(flags, 13, point)) === tag) return privateKey;
  }
}

/** SHA-256 over the DNSKEY RDATA that the pair has, hexadecimal. */
export function fingerprintOf(key: KeyObject, flags: number): string {
  const { x, y } = key.export({ format: 'jwk' }) as { x: string; y: string };
  const point = Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return createHash('sha256')
    .update(dnskeyRdata(flags, 13, point))
    .digest('hex');
}

/** A fresh SoftHSM token of the label with the pair on it, as softhsm2-util imports it. @returns URI */
export function tokenWithKey(dir: string, label: string, key: KeyObject, name: { readonly id: string; readonly label: string }): string {
  const folder = createTokenFolder(dir);
  const pin = '624519';
  writeFileSync(folder.pinFile, pin, { mode: 0o600 });
  const pem = join(mkdtempSync(join(tmpdir(), 'coldsign-pem-')), 'key.pem');
  writeFileSync(pem, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const util = (...args: readonly string[]): string =>
    execFileSync('softhsm2-util', args, { env: { ...process.env, SOFTHSM2_CONF: folder.config }, encoding: 'utf8', stdio: 'pipe' });
  util('--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '91735042');
  util('--import', pem, '--token', label, '--label', name.label, '--id', name.id, '--pin', pin);
  rmSync(join(pem, '..'), { recursive: true });
  const base = parsePkcs11Uri(`pkcs11:token=${label}`);
  return printPkcs11Uri({ ...base, softhsmConf: folder.config, pinSource: `file:${folder.pinFile}` });
}
