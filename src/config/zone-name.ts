import { lowerCaseName, parseName, printName } from '../../signer/dns/name.ts';

/** A zone's name as Config has it: absolute, lower case, with the final dot. @throws FormatError */
export const zoneName = (text: string): string => printName(lowerCaseName(parseName(text)));
