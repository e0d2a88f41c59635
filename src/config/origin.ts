import { FormatError } from '../../signer/dns/format-error.ts';
import { lowerCaseName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import { nameOfPerson } from './zone-name.ts';

/** -o ORIGIN, with or without final dot. @throws Refusal usage/origin */
export function parseOrigin(text: string): WireName {
  try {
    return lowerCaseName(nameOfPerson(text));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Refusal(
      'usage/origin',
      `"${text}" is not a domain name: expected ${error.expected}, found ${error.found}`,
      'name the zone with -o, like -o example.org',
    );
  }
}
