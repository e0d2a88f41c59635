import { notTold, type Verdict, type Wrong } from './checks.ts';
import type { Machine } from './machine.ts';
import { ipv4Routes, ipv6Routes, type Route } from './routes.ts';

const NET = '/sys/class/net';
/** ARPHRD_LOOPBACK of Linux: an interface can have any name. */
const LOOPBACK = '772';
const IFF_UP = 1;

/** ENV-INTERFACE: nothing but the loopback, and the one link to an HSM, is up or has a carrier. */
export function interfaces({ read, list }: Machine, hsmLink: string | undefined): Verdict {
  const names = list(NET);
  if (names === undefined) return { wrong: [notTold(NET, 'which network interfaces there are')], pass: '' };
  const member = (name: string, file: string): string => (read(`${NET}/${name}/${file}`) ?? '').trim();
  const others = names.filter((name) => name !== hsmLink && member(name, 'type') !== LOOPBACK);
  const wrong = others.flatMap((name): Wrong[] => {
    const flags = member(name, 'flags');
    const carrier = member(name, 'carrier');
    const state = member(name, 'operstate');
    const isUp = (Number(flags) & IFF_UP) !== 0 || carrier === '1' || state === 'up';
    if (!isUp) return [];
    const told = `flags ${flags || 'unknown'}, carrier ${carrier || 'none'}, state ${state || 'unknown'}`;
    return [
      { text: `the network interface ${name} is in use: ${told}; expected down`, next: `pull the cable and run: ip link set ${name} down` },
    ];
  });
  const link = hsmLink === undefined ? '' : `, and ${hsmLink} is the link to the HSM`;
  return { wrong, pass: `${others.length} network interfaces beside the loopback, all of them down${link}` };
}

/** ENV-ROUTE: there is no way to the rest of the world. */
export function defaultRoutes(machine: Machine): Verdict {
  const routes = routesOf(machine);
  if (routes === undefined) return { wrong: [notTold('/proc/net/route', 'where packets go')], pass: '' };
  const wrong = routes
    .filter(({ prefix }) => prefix === 0)
    .map(
      ({ family, device }): Wrong => ({
        text: `there is a default route for ${family} by ${device}; expected none`,
        next: `remove it: ip ${family === 'IPv6' ? '-6 ' : ''}route del default`,
      }),
    );
  return { wrong, pass: 'no default route, for IPv4 nor IPv6' };
}

/** ENV-HSM-LINK: over the link to the HSM nothing is reached but its one peer: networks of four addresses at most, and no gateway. */
export function hsmLinkRoutes(machine: Machine, hsmLink: string | undefined): Verdict {
  if (hsmLink === undefined) return { wrong: [], pass: 'no link to an HSM is configured' };
  const routes = routesOf(machine);
  if (routes === undefined) return { wrong: [notTold('/proc/net/route', `where packets go by ${hsmLink}`)], pass: '' };
  const next = 'give the link a network of two addresses (/30 or /31), and no gateway';
  const wrong = routes
    .filter(({ device, prefix }) => device === hsmLink && prefix !== 0)
    .flatMap(({ family, prefix, bits, hasGateway }): Wrong[] => {
      if (hasGateway) return [{ text: `by ${hsmLink}, the link to the HSM, there is a gateway (${family}); expected the HSM alone`, next }];
      if (bits - prefix <= 2) return [];
      return [
        { text: `by ${hsmLink}, the link to the HSM, a network /${prefix} is reached (${family}); expected /${bits - 2} or smaller`, next },
      ];
    });
  return { wrong, pass: `${hsmLink} reaches its one peer` };
}

function routesOf({ read }: Machine): readonly Route[] | undefined {
  const ipv4 = read('/proc/net/route');
  // Without the file for IPv6 the kernel has no IPv6.
  return ipv4 === undefined ? undefined : [...ipv4Routes(ipv4), ...ipv6Routes(read('/proc/net/ipv6_route') ?? '')];
}

const RADIOS = [
  ['/sys/class/ieee80211', 'wireless network'],
  ['/sys/class/bluetooth', 'Bluetooth'],
  ['/sys/class/wwan', 'mobile network'],
  ['/sys/class/nfc', 'near field'],
] as const;

/** ENV-WIRELESS: there is no radio in the machine, switched on or not. */
export function radios({ list }: Machine): Verdict {
  if (list('/sys/class') === undefined) return { wrong: [notTold('/sys/class', 'whether there is a radio')], pass: '' };
  const next = 'take the device out, or switch it off in the firmware; switching it off in the system is not enough';
  const wrong = RADIOS.flatMap(([folder, what]) =>
    (list(folder) ?? []).map((name): Wrong => ({ text: `there is a device for ${what}: ${name}; expected none`, next })),
  );
  const known = new Set(list('/sys/class/ieee80211'));
  const older = (list(NET) ?? []).filter((name) => list(`${NET}/${name}/wireless`) !== undefined && known.size === 0);
  return {
    wrong: [...wrong, ...older.map((name): Wrong => ({ text: `the network interface ${name} is wireless; expected none`, next }))],
    pass: 'no radio',
  };
}
