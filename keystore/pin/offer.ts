import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import type { SealKey } from './seal.ts';
import { readPinSource } from './source.ts';

/** A PIN on its way to the keystore child: what the parent passes on, and cannot read. */
export type PinOffer =
  /** The child reads the file itself. */
  | { readonly kind: 'file'; readonly path: string }
  /** The child makes a PIN of 128 random bits and the file with it; an existing file is refused. */
  | { readonly kind: 'new-file'; readonly path: string }
  /** The child makes a PIN of 128 random bits, and nobody keeps it: whoever has the PIN of the security officer can set the user's anew. */
  | { readonly kind: 'unknown' }
  /** From the PIN holder, for this child's key alone; see seal.ts. */
  | { readonly kind: 'sealed'; readonly octets: Uint8Array };

/** In the keystore child. @returns the octets, to be wiped by the caller. @throws Refusal pin/… */
export async function takeOffer(offer: PinOffer, key: SealKey, context: string): Promise<Uint8Array> {
  switch (offer.kind) {
    case 'file':
      return await readPinSource({ kind: 'file', path: offer.path }, '');
    case 'new-file':
      return makePinFile(offer.path);
    case 'unknown':
      return randomPin();
    case 'sealed':
      return key.open(offer.octets, context);
    default:
      return offer satisfies never;
  }
}

/** What a failed attempt has made is no PIN of anything. */
export function withdrawOffer(offer: PinOffer): void {
  if (offer.kind === 'new-file') rmSync(offer.path, { force: true });
}

/** Names the token that a PIN is sealed for. */
export function pinContext(label: string, serial = ''): string {
  return `${label}\0${serial}`;
}

function randomPin(): Uint8Array {
  return new TextEncoder().encode(randomBytes(16).toString('hex'));
}

function makePinFile(path: string): Uint8Array {
  const pin = randomPin();
  try {
    writeFileSync(path, pin, { mode: 0o600, flag: 'wx', flush: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new Refusal(
        'pin/file-exists',
        `the PIN file ${path} exists, and it may be the PIN of a token in use`,
        'use another folder, or move the file away',
      );
    throw new Refusal('pin/unusable-source', `the PIN file ${path} could not be written (${code ?? 'error'})`, 'check the folder');
  }
  return pin;
}
