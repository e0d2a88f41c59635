import { fromHex } from '../../../signer/dns/bytes.ts';
import { algorithmNumberFromText } from '../../../signer/dnssec/algorithm.ts';
import type { KeyRole } from '../../../signer/zone-key.ts';
import type { ClaimSource, KeyClaim } from './claim.ts';

/** Key id, which is the CKA_ID: 20 octets. */
const ID = /^([0-9a-f]{40})\s+(.*)$/;
/** `12345 KSK ECDSAP256SHA256 publish=…`; RSA has `/2048` behind the algorithm. */
const BRIEF = /^(\d{1,5})\s+(KSK|ZSK|CSK)\s+([A-Za-z0-9_-]+)(?:\/\d+)?\s/;
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/**
 * What `keymgr ZONE list` prints, in words or as `name=value`: keys on a token are found by CKA_ID, and the key tag tells whether it is the one.
 * The list does not name the zone. A key of which only the public half is there is left out.
 */
export function parseKnotList({ text, file }: ClaimSource): KeyClaim[] {
  return text
    .replaceAll(COLOUR, '')
    .split('\n')
    .flatMap((line, i): KeyClaim[] => {
      const found = ID.exec(line.trim());
      const told = found === null ? undefined : (briefOf(found[2]!) ?? fullOf(found[2]!));
      if (found === null || told === undefined || /public-only=yes|\[public-only\]/.test(line)) return [];
      return [{ from: 'knot', where: `${file}, line ${i + 1}`, ...told, id: fromHex(found[1]!)! }];
    });
}

export function isKnotList(text: string): boolean {
  return parseKnotList({ text, file: '', zone: '' }).length > 0;
}

type Told = Pick<KeyClaim, 'role' | 'algorithm' | 'keyTag'>;

function briefOf(rest: string): Told | undefined {
  const row = BRIEF.exec(`${rest} `);
  const algorithm = row === null ? undefined : algorithmNumberFromText(row[3]!);
  return algorithm === undefined ? undefined : { role: row![2]!.toLowerCase() as KeyRole, algorithm, keyTag: Number(row![1]) };
}

function fullOf(rest: string): Told | undefined {
  const fields = new Map([...rest.matchAll(/(\S+?)=(\S+)/g)].map(([, name, value]) => [name!, value!]));
  const [ksk, zsk, tag, algorithm] = ['ksk', 'zsk', 'tag', 'algorithm'].map((name) => fields.get(name));
  if (ksk === undefined || zsk === undefined || tag === undefined || algorithm === undefined) return undefined;
  const role: KeyRole = ksk === 'yes' ? (zsk === 'yes' ? 'csk' : 'ksk') : 'zsk';
  return { role, algorithm: Number(algorithm), keyTag: Number(tag) };
}
