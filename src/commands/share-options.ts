import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { refuseThreshold } from '../../keystore/shares/share.ts';
import { Refusal } from '../../signer/errors.ts';

export interface ShareScheme {
  readonly threshold: number;
  readonly holders: readonly string[];
}

/** `--shares K/N` with N names of `--holder`. @throws Refusal usage/shares, share/bad-threshold */
export function shareScheme(text: string, holders: readonly string[]): ShareScheme {
  const [, k, n] = /^([0-9]{1,3})\/([0-9]{1,3})$/.exec(text) ?? [];
  if (k === undefined || n === undefined)
    throw badShares(`"${text}" is not of the form K/N`, 'write for instance --shares 3/5: five shares, any three of which give the PIN');
  refuseThreshold(Number(k), Number(n));
  const names = holders.map((name) => name.trim());
  if (names.length !== Number(n))
    throw badShares(`${n} shares are wanted, and ${names.length} holders are named`, 'give --holder NAME once for each share');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw badShares(`${twice} is named twice`, 'each share has a holder of its own');
  const odd = names.find((name) => name === '' || /[:\p{Cc}]/u.test(name));
  if (odd !== undefined) throw badShares(`"${odd}" is no name of a holder`, 'names have no colon and no control characters');
  return { threshold: Number(k), holders: names };
}

/** `--share-dir`, as the process that writes the files wants it. @throws Refusal usage/shares */
export function shareFolder(dir: string | undefined): { readonly folder?: string } {
  if (dir === undefined) return {};
  const stat = lstatSync(dir, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) throw badShares(`--share-dir ${dir} is no folder`, 'make it: mkdir -m 700 DIR');
  if ((stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
    throw badShares(`--share-dir ${dir} has mode ${mode}, expected 0700`, `chmod 700 ${dir}`);
  }
  return { folder: resolve(dir) };
}

function badShares(message: string, hint: string): Refusal {
  return new Refusal('usage/shares', message, hint);
}
