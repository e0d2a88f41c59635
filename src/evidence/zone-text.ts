import { printName } from '../../signer/dns/name.ts';
import { parseOrigin } from '../config/origin.ts';

/** Name of a zone as configurations have it: absolute, lower case. @throws Refusal usage/origin */
export const zoneText = (text: string): string => printName(parseOrigin(text)).toLowerCase();
