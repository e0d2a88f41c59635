import { notTold, type Verdict, type Wrong } from './checks.ts';
import type { Machine } from './machine.ts';
import { defaultsOfOtherTables, ipv4Routes, ipv6Routes, type Route } from './routes.ts';
import { shellWord } from './shell-word.ts';

const NET = '/sys/class/net';
/** ARPHRD_LOOPBACK of Linux: an interface can have any name. */
const LOOPBACK = '772';
const IFF_UP = 1;

/** ENV-INTERFACE: nothing but the loopback, and the one link to an HSM, is up or has a carrier. */
export function interfaces({ read, list }: Machine, hsmLink: string | undefined): Verdict {
  const names = list(NET);
  if (names === undefined) return { wrong: [notTold(NET, 'which network interfaces there are')], pass: '' };
  const member = (name: string, file: string): string => (read(`${NET}/${name}/${file}`) ?? '').trim();
  // A file among the folders is a switch of a driver (bonding_masters).
  const others = names.filter((name) => name !== hsmLink && read(`${NET}/${name}`) === undefined && member(name, 'type') !== LOOPBACK);
  const wrong = others.flatMap((name): Wrong[] => {
    const flags = member(name, 'flags');
    const carrier = member(name, 'carrier');
    const state = member(name, 'operstate');
    if (!/^0x[0-9a-f]+$/i.test(flags)) return [notTold(`${NET}/${name}/flags`, 'whether the interface is up')];
    const isUp = (Number(flags) & IFF_UP) !== 0 || carrier === '1' || state === 'up';
    if (!isUp) return [];
    const told = `flags ${flags}, carrier ${carrier || 'none'}, state ${state || 'unknown'}`;
    return [
      {
        text: `the network interface ${name} is in use: ${told}; expected down`,
        next: `pull the cable and run: ip link set dev ${shellWord(name)} down`,
      },
    ];
  });
  const link = hsmLink === undefined ? '' : `, and ${hsmLink} is the link to the HSM`;
  return { wrong, pass: `${others.length} network interfaces beside the loopback, all of them down${link}` };
}

/** No network that one machine is in is larger: 10.0.0.0/8. */
const LEAST_PREFIX = 8;

/** ENV-ROUTE: there is no way to the rest of the world. */
export function defaultRoutes(machine: Machine, hsmLink: string | undefined): Verdict {
  const routes = routesOf(machine);
  if (routes === undefined) return { wrong: [notTold('/proc/net/route, or ipv6_route beside it,', 'where packets go')], pass: '' };
  const byDefault = routes
    .filter(({ prefix }) => prefix === 0)
    .map(
      ({ family, device }): Wrong => ({
        text: `there is a default route for ${family} by ${device}; expected none`,
        next: `remove it: ip ${family === 'IPv6' ? '-6 ' : ''}route del default`,
      }),
    );
  // Two routes for half of the world each, or one for a part of it, lead out like a default route.
  const byGateway = routes
    .filter(({ prefix, hasGateway, device }) => prefix !== 0 && device !== hsmLink && (hasGateway || prefix < LEAST_PREFIX))
    .map(
      ({ family, device, prefix, hasGateway }): Wrong => ({
        text: `there is a route for ${family} to a network /${prefix} by ${device}${hasGateway ? ' and a gateway' : ''}; expected none`,
        next: `remove it: ip ${family === 'IPv6' ? '-6 ' : ''}route shows it; ip route del NETWORK`,
      }),
    );
  const byRules = defaultsOfOtherTables(machine.read('/proc/net/fib_trie') ?? '').map(
    (table): Wrong => ({
      text: `there is a default route for IPv4 in the routing table ${table}; expected none`,
      next: `remove it: ip route flush table ${table}, and see ip rule`,
    }),
  );
  const wrong = [...byDefault, ...byGateway, ...byRules];
  return { wrong, pass: 'no default route, for IPv4 nor IPv6' };
}

/** ENV-HSM-LINK: over the link to the HSM nothing is reached but its one peer: networks of four addresses at most, and no gateway. */
export function hsmLinkRoutes(machine: Machine, hsmLink: string | undefined): Verdict {
  if (hsmLink === undefined) return { wrong: [], pass: 'no link to an HSM is configured' };
  const routes = routesOf(machine);
  if (routes === undefined)
    return { wrong: [notTold('/proc/net/route, or ipv6_route beside it,', `where packets go by ${hsmLink}`)], pass: '' };
  if (!(machine.list(NET) ?? []).includes(hsmLink)) {
    const text = `there is no network interface ${hsmLink}, and hsm-link names it as the link to the HSM`;
    return { wrong: [{ text, next: 'connect it, or mend ceremony: hsm-link: in coldsign.yaml' }], pass: '' };
  }
  const next = 'give the link a network of two addresses (/30 or /31), and no gateway';
  const ofLink = routes.filter(({ device, prefix }) => device === hsmLink && prefix !== 0);
  const networks = (family: Route['family']): number => ofLink.filter((route) => route.family === family && !route.hasGateway).length;
  const several = (['IPv4', 'IPv6'] as const)
    .filter((family) => networks(family) > 1)
    .map(
      (family): Wrong => ({
        text: `by ${hsmLink}, the link to the HSM, ${networks(family)} networks are reached (${family}); expected one`,
        next,
      }),
    );
  const wrong = ofLink.flatMap(({ family, prefix, bits, hasGateway }): Wrong[] => {
    if (hasGateway) return [{ text: `by ${hsmLink}, the link to the HSM, there is a gateway (${family}); expected the HSM alone`, next }];
    if (bits - prefix <= 2) return [];
    return [
      { text: `by ${hsmLink}, the link to the HSM, a network /${prefix} is reached (${family}); expected /${bits - 2} or smaller`, next },
    ];
  });
  return { wrong: [...wrong, ...several], pass: `${hsmLink} reaches its one peer` };
}

function routesOf({ read, list }: Machine): readonly Route[] | undefined {
  const ipv4 = read('/proc/net/route');
  const ipv6 = read('/proc/net/ipv6_route');
  // The first line is there without a route, too. Without the file for IPv6 the kernel has no IPv6, if nothing else of it is there.
  if (ipv4 === undefined || !ipv4.startsWith('Iface')) return undefined;
  if (ipv6 === undefined && list('/proc/sys/net/ipv6') !== undefined) return undefined;
  return [...ipv4Routes(ipv4), ...ipv6Routes(ipv6 ?? '')];
}

const RADIOS = [
  ['/sys/class/ieee80211', 'wireless network'],
  ['/sys/class/bluetooth', 'Bluetooth'],
  ['/sys/class/wwan', 'mobile network'],
  ['/sys/class/nfc', 'near field'],
] as const;

const PCI = '/sys/bus/pci/devices';
/** Class codes of PCI: 02 80 is a network that is no Ethernet, 0d are controllers of radios. */
const RADIO_CARDS = /^0x(?:0280|0d)/i;

/** ENV-WIRELESS: there is no radio in the machine, switched on or not. */
export function radios({ read, list }: Machine): Verdict {
  const classes = list('/sys/class');
  if (classes === undefined) return { wrong: [notTold('/sys/class', 'whether there is a radio')], pass: '' };
  const next = 'take the device out, or switch it off in the firmware; switching it off in the system is not enough';
  const wrong = RADIOS.flatMap(([folder, what]) => {
    const names = list(folder);
    if (names === undefined)
      return classes.includes(folder.slice('/sys/class/'.length)) ? [notTold(folder, 'whether there is a radio')] : [];
    return names.map((name): Wrong => ({ text: `there is a device for ${what}: ${name}; expected none`, next }));
  });
  // A card whose driver is not loaded is of no class yet.
  const withoutDriver = (list(PCI) ?? [])
    .filter((place) => RADIO_CARDS.test(read(`${PCI}/${place}/class`) ?? '') && list(`${PCI}/${place}/driver`) === undefined)
    .map((place): Wrong => ({ text: `there is a radio without a driver: the PCI device ${place}; expected none`, next }));
  const known = new Set(list('/sys/class/ieee80211'));
  const older = (list(NET) ?? []).filter((name) => list(`${NET}/${name}/wireless`) !== undefined && known.size === 0);
  return {
    wrong: [
      ...wrong,
      ...withoutDriver,
      ...older.map((name): Wrong => ({ text: `the network interface ${name} is wireless; expected none`, next })),
    ],
    pass: 'no radio',
  };
}
