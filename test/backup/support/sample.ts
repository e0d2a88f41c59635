import { randomBytes } from 'node:crypto';
import type { BackupHeader } from '../../../keystore/backup/header.ts';

export const SERIAL = 'a1b2c3d4e5f60718';
export const FOLDER = '01234567-89ab-4cde-a1b2-c3d4e5f60718';

/** A header without any token behind it. */
export const HEADER: BackupHeader = {
  format: 1,
  method: 'token-archive',
  created: '2026-11-24T09:00:00Z',
  token: { label: 'sample', serial: SERIAL, manufacturer: 'SoftHSM project', model: 'SoftHSM v2' },
  keys: [
    {
      id: '00112233445566778899aabbccddeeff',
      label: 'example. ksk 15',
      algorithm: 15,
      publicKey: Buffer.alloc(32, 7).toString('base64'),
      zone: 'example.',
      role: 'ksk',
    },
  ],
  protection: { kind: 'passphrase', n: 2 ** 15, r: 8, p: 1, salt: '5a'.repeat(32) },
};

export const randomKey = (): Uint8Array => Uint8Array.from(randomBytes(32));
