import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../../../signer/dns/bytes.ts';

/** What is approved: sha256 over the octets of the file as they are, hexadecimal. A filled script includes nothing, so it is all in them. */
export const scriptHash = (octets: Uint8Array): string => toHex(sha256(octets));
