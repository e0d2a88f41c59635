import { FormatError } from '../../signer/dns/format-error.ts';
import { lowerCaseName, parseName, printName, type WireName } from '../../signer/dns/name.ts';

/** A zone's name as Config has it: absolute, lower case, with the final dot. @throws FormatError */
export const zoneName = (text: string): string => printName(lowerCaseName(nameOfPerson(text)));

/**
 * A name as people write it. In a zone file a letter like ü is an octet of its name; from people it is one of an IDN, which has
 * an xn-- form, and a blank is a slip of the fingers. Other octets are written as escapes.
 * @throws FormatError
 */
export function nameOfPerson(text: string): WireName {
  if (/^[!-~]*$/.test(text)) return parseName(text);
  throw new FormatError('letters, digits, hyphens and dots (IDN names in their xn-- form)', text);
}
