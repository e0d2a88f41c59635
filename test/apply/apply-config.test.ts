import { describe, expect, test } from 'vitest';
import { type ApplyConfig, parseApplyConfig } from '../../src/apply/apply-config.ts';
import { expandCommand, KIND_DEFAULTS, SERVER_KINDS } from '../../src/apply/server-kinds.ts';
import { printVkey, vkeyOf } from '../../src/audit/vkey.ts';
import { memoryNoteSigner, memoryWitness } from '../support/memory-note-signer.ts';

const KEY = printVkey(vkeyOf(memoryNoteSigner('audit.example.net')));
const WITNESS = printVkey(memoryWitness('witness.example.net').key);
const BEGIN = `format: 1\nkeys: ["${KEY}"]\nstate: state\n`;
const parse = (text: string): ApplyConfig => parseApplyConfig(text, 'apply.yaml', '/etc/coldsign');

describe('what a configuration leaves out', () => {
  test('BIND with all defaults', () => {
    const config = parse(`${BEGIN}servers:\n  - kind: bind\n    zone-dir: /var/lib/bind/signed\n`);
    expect(config.servers).toEqual([
      {
        kind: 'bind',
        zoneDir: '/var/lib/bind/signed',
        file: '{zone}.signed',
        reload: ['rndc', 'reload', '{zone}'],
        check: ['named-checkzone', '-i', 'local', '-k', 'ignore', '{zone}', '{file}'],
        timeLimit: 120,
        ask: undefined,
      },
    ]);
    expect(config.state).toBe('/etc/coldsign/state');
    expect({ practice: config.practice, judges: config.judges, margin: config.margin }).toEqual({
      practice: false,
      judges: { names: [], agree: undefined },
      margin: undefined,
    });
    expect(config.keys.map(printVkey)).toEqual([KEY]);
  });

  test.each(SERVER_KINDS)('%s: zone and file are arguments of their own, whatever is in them', (kind) => {
    const { reload, check = [] } = KIND_DEFAULTS[kind];
    const values = { zone: 'a b;$(x).example', file: "/z/'{zone}'" };
    const expanded = [...expandCommand(reload, values), ...expandCommand(check, values)];
    expect(expanded).toHaveLength(reload.length + check.length);
    expect(expandCommand(reload, values).at(-1)).toBe(values.zone);
    if (check.length > 0) expect(expandCommand(check, values).at(-1)).toBe(values.file);
  });
});

test('everything that can be said', () => {
  const config = parse(`${BEGIN}judges: [kzonecheck, ldns-verify-zone]
agree: 1
practice: true
margin: 2d
servers:
  - kind: nsd
    zone-dir: zones
    file: "db.{zone}"
    reload: ["/usr/sbin/nsd-control", "-c", "/etc/nsd.conf", "reload", "{zone}"]
    check: none
    time-limit: 30s
    ask: "::1@5300"
  - { kind: powerdns, zone-dir: /var/lib/powerdns }
`);
  expect(config.servers[0]).toEqual({
    kind: 'nsd',
    zoneDir: '/etc/coldsign/zones',
    file: 'db.{zone}',
    reload: ['/usr/sbin/nsd-control', '-c', '/etc/nsd.conf', 'reload', '{zone}'],
    check: undefined,
    timeLimit: 30,
    ask: { address: '::1', port: 5300 },
  });
  expect(config.servers[1]).toMatchObject({ reload: ['pdns_control', 'bind-reload-now', '{zone}'], check: undefined });
  expect(config.judges).toEqual({ names: ['kzonecheck', 'ldns-verify-zone'], agree: 1 });
  expect(config.margin).toBe(172_800);
});

describe('what is wrong is told with its place', () => {
  const server = (line: string): string => `${BEGIN}servers:\n  - kind: bind\n    zone-dir: /z\n    ${line}\n`;
  test.each([
    ['no keys', 'format: 1\nstate: s\nkeys: []\nservers: [{kind: bind, zone-dir: /z}]\n', 'keys'],
    ['no servers', `${BEGIN}servers: []\n`, 'expected at least one server'],
    ['a kind nobody knows', `${BEGIN}servers: [{kind: bnd, zone-dir: /z}]\n`, 'one of bind, nsd, knot, powerdns'],
    ['a key nobody knows', server('reloads: [x]'), 'apply.yaml:7:5: servers.0.reloads: unknown key reloads; did you mean reload?'],
    ['a command as one text', server('reload: rndc reload'), 'a program and its arguments, as a list'],
    ['a relative path of a program', server('reload: [bin/rndc]'), 'a program by its name or its absolute path'],
    ['a placeholder nobody knows', server('reload: [rndc, "{name}"]'), 'no placeholders but {zone} and {file}'],
    ['a file without the zone', server('file: zone.signed'), 'a file name with {zone} in it'],
    ['a file in another folder', server('file: "../{zone}"'), 'a file name with {zone} in it'],
    ['a hidden file', server('file: ".{zone}"'), 'a file name with {zone} in it'],
    ['an address without port', server('ask: 127.0.0.1'), 'an address and a port, like 127.0.0.1@53'],
    ['an address that is none', server('ask: 1.2.3.4.5@53'), 'an address and a port, like 127.0.0.1@53'],
    ['a name in its place', server('ask: abc@53'), 'an address and a port, like 127.0.0.1@53'],
    ['a port that is none', server('ask: 127.0.0.1@65536'), 'an address and a port, like 127.0.0.1@53'],
    ['port 0', server('ask: 127.0.0.1@0'), 'an address and a port, like 127.0.0.1@53'],
    ['no time at all', server('time-limit: 0s'), 'time-limit: 0 s; from 1 s to 86400 s is possible'],
    ['more time than a timer has', server('time-limit: 25d'), 'time-limit: 2160000 s; from 1 s to 86400 s is possible'],
    ['the key of a witness', `format: 1\nstate: s\nkeys: ["${WITNESS}"]\nservers: [{kind: bind, zone-dir: /z}]\n`, 'is that of a witness'],
    [
      'one file for two servers',
      `${BEGIN}servers: [{kind: bind, zone-dir: /z}, {kind: nsd, zone-dir: /z/}]\n`,
      'is the file of server 1 already',
    ],
    [
      'more to agree than are asked',
      `${server('check: none')}judges: [kzonecheck]\nagree: 2\n`,
      '2 judges have to accept, and 1 are asked',
    ],
    ['a key twice', `${BEGIN}state: other\nservers: []\n`, 'the key state is given twice'],
  ])('%s', (_what, text, said) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'release/bad-config', message: expect.stringContaining(said) as string }),
    );
  });
});
