/** Configuration of the servers that tests start on this host, each with all its files in a folder of its own and without privileges. */
export const HOST = '127.0.0.1';

export interface NsdRequest {
  readonly folder: string;
  readonly port: number;
  /** Zones and their files, from the folder on. */
  readonly zones: readonly { readonly origin: string; readonly file: string }[];
  /** Lines of `server:` beyond those of every test. */
  readonly server?: readonly string[];
}

/** nsd.conf; nsd-control finds the server by a socket in the folder. */
export function nsdConfiguration({ folder, port, zones, server = [] }: NsdRequest): string {
  return `server:
  ip-address: ${HOST}@${port}
  do-ip6: no
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  logfile: "${folder}/log"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  cookie-secret-file: ""
  rrl-ratelimit: 0
${indented(server)}remote-control:
  control-enable: yes
  control-interface: "${folder}/control"
${zones.map(({ origin, file }) => `zone:\n  name: "${origin}"\n  zonefile: "${file}"\n`).join('')}`;
}

export interface UnboundRequest {
  readonly folder: string;
  readonly port: number;
  /** Without it, it is a cache alone. */
  readonly validates: boolean;
  /** Lines of `server:` beyond those of every test. */
  readonly server?: readonly string[];
  /** Zones and the ports of this host where they are served; the first is asked for the root too, which must not be looked for outside. */
  readonly zones: readonly { readonly origin: string; readonly port: number }[];
  /** Port of a resolver of this host that is asked in place of the servers of the zones. */
  readonly through?: number | undefined;
}

/** unbound.conf; the trust anchor is the file `anchor` in the folder. */
export function unboundConfiguration({ folder, port, validates, server = [], zones, through }: UnboundRequest): string {
  const stubs = [...zones, { origin: '.', port: zones[0]!.port }];
  return `server:
  interface: ${HOST}@${port}
  outgoing-interface: ${HOST}
  do-ip6: no
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  chroot: ""
  username: ""
  directory: "${folder}"
  pidfile: "${folder}/unbound.pid"
  logfile: "${folder}/log"
  use-syslog: no
  do-daemonize: no
  num-threads: 1
  module-config: "${validates ? 'validator iterator' : 'iterator'}"
  trust-anchor-file: "${folder}/anchor"
  trust-anchor-signaling: no
  qname-minimisation: no
${indented(server)}remote-control:
  control-enable: no
${
  through === undefined
    ? stubs.map((zone) => `stub-zone:\n  name: "${zone.origin}"\n  stub-addr: ${HOST}@${zone.port}\n  stub-prime: no\n`).join('')
    : `forward-zone:\n  name: "."\n  forward-addr: ${HOST}@${through}\n`
}`;
}

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}\n`).join('');
