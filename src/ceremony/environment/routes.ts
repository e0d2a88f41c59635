/** A route of the kernel that leads somewhere. */
export interface Route {
  readonly family: 'IPv4' | 'IPv6';
  readonly device: string;
  /** Bits of an address of the family, and how many of them the route gives. */
  readonly bits: number;
  readonly prefix: number;
  readonly hasGateway: boolean;
}

const RTF_REJECT = 0x200;

/** /proc/net/route: a line of names, then device, destination, gateway, flags, …, mask (eighth); numbers hexadecimal in the order of the machine. */
export function ipv4Routes(text: string): Route[] {
  return rowsOf(text)
    .slice(1)
    .filter((row) => row.length >= 8 && !isRejected(row[3]!))
    .map((row) => ({ family: 'IPv4', device: row[0]!, bits: 32, prefix: ones(row[7]!), hasGateway: !/^0*$/.test(row[2]!) }));
}

/** /proc/net/ipv6_route: destination, length of its prefix, source, its length, next hop, metric, two counters, flags, device. */
export function ipv6Routes(text: string): Route[] {
  return rowsOf(text)
    .filter((row) => row.length >= 10 && row[9] !== 'lo' && !isRejected(row[8]!) && !isOfLink(row[0]!))
    .map((row) => ({
      family: 'IPv6',
      device: row[9]!,
      bits: 128,
      prefix: Number.parseInt(row[1]!, 16),
      hasGateway: !/^0*$/.test(row[4]!),
    }));
}

/**
 * /proc/net/fib_trie has all tables, those for rules (ip-rule(8)) as `Id N:`; /proc/net/route has the main one alone.
 * @returns numbers of the other tables with a default route
 */
export function defaultsOfOtherTables(text: string): string[] {
  const tables = text.split(/^(?=\S)/m);
  return tables.flatMap((table) => {
    const number = /^Id (\d+):/.exec(table)?.[1];
    return number !== undefined && /\|-- 0\.0\.0\.0\s+\/0 \S+ UNICAST/.test(table) ? [number] : [];
  });
}

const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row.length > 1);

const isRejected = (flags: string): boolean => (Number.parseInt(flags, 16) & RTF_REJECT) !== 0;

/** fe80::/10 and ff00::/8 are there with every interface, and lead nowhere else (RFC 4291 2.5.6, 2.7). */
const isOfLink = (destination: string): boolean => /^(?:fe[89ab]|ff)/i.test(destination);

const ones = (hex: string): number => [...Number.parseInt(hex, 16).toString(2)].filter((bit) => bit === '1').length;
