import { fromHex } from '../../../signer/dns/bytes.ts';
import type { KeyRole } from '../../../signer/zone-key.ts';
import type { ClaimSource, KeyClaim } from './claim.ts';

/** Zone, key type, state, next transition (which may have blanks), size, algorithm, CKA_ID, repository, key tag. */
const ROW = /^(\S+)\s+(KSK|ZSK|CSK)\s+(\S+)\s+(.*?)\s+(\d+)\s+(\d+)\s+([0-9A-Fa-f]{16,64})\s+(\S+)\s+(\d{1,5})\s*$/;

/** What `ods-enforcer key list --verbose` prints: its keys are found by CKA_ID, and the key tag tells whether it is the one. */
export function parseOpendnssecList({ text, file, zone }: ClaimSource): KeyClaim[] {
  return text.split('\n').flatMap((line, i): KeyClaim[] => {
    const row = ROW.exec(line);
    if (row === null || `${row[1]!.toLowerCase().replace(/\.$/, '')}.` !== zone) return [];
    const [, , role, , , , algorithm, id, , tag] = row;
    return [
      {
        from: 'opendnssec',
        where: `${file}, line ${i + 1}`,
        role: role!.toLowerCase() as KeyRole,
        algorithm: Number(algorithm),
        keyTag: Number(tag),
        id: fromHex(id!)!,
      },
    ];
  });
}

/** Whether the text has its head. */
export function isOpendnssecList(text: string): boolean {
  return /^Zone:\s+Keytype:\s+State:/m.test(text) && /CKA_ID:/.test(text);
}
