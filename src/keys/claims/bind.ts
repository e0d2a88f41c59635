import { parsePkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { ClaimProblem } from './claim.ts';

/** What a K*.private file says of where the private key is. */
export interface BindPlace {
  readonly id?: Uint8Array;
  readonly label?: string;
}

/** Fields of the file that hold private numbers: the key is in the file then, not on a token. */
const SECRET_FIELDS = ['PrivateKey', 'PrivateExponent', 'Prime1', 'Prime2', 'Exponent1', 'Exponent2', 'Coefficient'];

/**
 * A private-key file of BIND: `Name: value` lines. With a token, it has `Label:`, a PKCS#11 URI or a bare label, and `Engine:`; BIND writes
 * both in base64 with a NUL at the end.
 * @returns undefined where the text is no such file
 * @throws ClaimProblem where the private key itself is in the file; what it is never enters the message
 */
export function parseBindPrivate(text: string): BindPlace | undefined {
  if (!/^Private-key-format:/m.test(text)) return undefined;
  const fields = new Map([...text.matchAll(/^([A-Za-z0-9-]+):[ \t]*(.*?)[ \t]*\r?$/gm)].map(([, name, value]) => [name!, value!]));
  if (SECRET_FIELDS.some((name) => fields.has(name)))
    throw new ClaimProblem('the private key itself is in the file, not on a token: it was in the open and is not adopted');
  const label = fields.get('Label');
  if (label === undefined) throw new ClaimProblem('it has no Label: that would say which key of a token is meant');
  return placeOf(plainField(label));
}

function placeOf(label: string): BindPlace {
  if (!label.startsWith('pkcs11:')) return { label };
  // pin-value and the like are other programs' habits: only what names the key is taken.
  const path = label.split('?')[0]!;
  const { id, object } = parsePkcs11Uri(path);
  return { ...(id === undefined ? {} : { id }), ...(object === undefined ? {} : { label: object }) };
}

/** As it stands, or decoded where it is base64 of text that ends in NUL. */
function plainField(value: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) return value;
  const decoded = Buffer.from(value, 'base64');
  return decoded.at(-1) === 0 ? decoded.subarray(0, -1).toString('utf8') : value;
}
