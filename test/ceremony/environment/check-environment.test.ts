import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MAX_ENTRY_OCTETS } from '../../../src/audit/entry.ts';
import { checkEnvironment, type Expectation, loggedFindings } from '../../../src/ceremony/environment/check-environment.ts';
import { ENVIRONMENT_CHECKS, ENVIRONMENT_IDS, ENVIRONMENT_TITLES, type EnvironmentId } from '../../../src/ceremony/environment/checks.ts';
import { usbDevices } from '../../../src/ceremony/environment/usb.ts';
import { interfaceFiles, PREPARED, route4, type Tree, withMachine } from './tree.ts';

const MODULE = createHash('sha256').update('the octets of a module').digest('hex');
const PROGRAM = 'ab'.repeat(32);
const NOW = 1_795_521_600;

const EXPECTED: Expectation = {
  policy: {
    checks: { ...ENVIRONMENT_CHECKS },
    clockTolerance: 60,
    hsmLink: undefined,
    program: PROGRAM,
    modules: { '/usr/lib/module.so': MODULE },
  },
  mode: 'production',
  program: PROGRAM,
  modules: ['/usr/lib/module.so'],
  workspace: '/media/work/ws',
  now: NOW,
  built: NOW - 86_400,
  lastEntry: NOW - 3600,
  usbBefore: ['usb1 1d6b:0002 EHCI Host Controller'],
  witness: { machine: NOW, witness: NOW - 20, tolerance: 60 },
};

/** The prepared machine with other files, and `undefined` for those that are not there. */
const machine = (changes: Readonly<Record<string, string | undefined>>): Tree =>
  Object.fromEntries(Object.entries({ ...PREPARED, ...changes }).filter((one): one is [string, string] => one[1] !== undefined));

/** What is not as it is to be: `ID severity text`. */
function told(files: Tree, expected: Partial<Expectation> = {}): string[] {
  const findings = withMachine(files, (one) => checkEnvironment(one, { ...EXPECTED, ...expected }));
  return findings.filter(({ severity }) => severity !== 'pass').map(({ id, severity, text }) => `${id} ${severity} ${text}`);
}

const policyWith = (changes: Partial<Expectation['policy']>): Partial<Expectation> => ({ policy: { ...EXPECTED.policy, ...changes } });

test('a machine that was prepared passes every check', () => {
  const findings = withMachine(PREPARED, (one) => checkEnvironment(one, EXPECTED));
  expect(findings.map(({ id }) => id)).toEqual(ENVIRONMENT_IDS);
  expect(findings.filter(({ severity }) => severity !== 'pass')).toEqual([]);
});

test.each<[EnvironmentId, Readonly<Record<string, string | undefined>>, string]>([
  [
    'ENV-INTERFACE',
    interfaceFiles('eth0', 1, '0x1003', '1'),
    'the network interface eth0 is in use: flags 0x1003, carrier 1, state up; expected down',
  ],
  ['ENV-INTERFACE', interfaceFiles('eth0', 1, '0x1002', '1'), 'the network interface eth0 is in use: flags 0x1002, carrier 1'],
  ['ENV-INTERFACE', interfaceFiles('lo', 1, '0x1003'), 'the network interface lo is in use'],
  [
    'ENV-ROUTE',
    { '/proc/net/route': route4('eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000') },
    'there is a default route for IPv4 by eth0',
  ],
  [
    'ENV-ROUTE',
    {
      '/proc/net/ipv6_route': `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fd${'0'.repeat(29)}1 00000400 00000001 00000000 00000003     eth0\n`,
    },
    'there is a default route for IPv6 by eth0',
  ],
  ['ENV-WIRELESS', { '/sys/class/ieee80211/phy0/': '' }, 'there is a device for wireless network: phy0; expected none'],
  ['ENV-WIRELESS', { '/sys/class/bluetooth/hci0/': '' }, 'there is a device for Bluetooth: hci0; expected none'],
  [
    'ENV-SWAP',
    { '/proc/swaps': 'Filename Type Size Used Priority\n/dev/sda2 partition 1000 0 -2\n' },
    'memory is swapped to /dev/sda2; expected no swap',
  ],
  [
    'ENV-CORE',
    { '/proc/sys/kernel/core_pattern': '|/usr/lib/systemd/systemd-coredump %P\n' },
    'core dumps go to a program: core_pattern is |/usr/lib/systemd',
  ],
  [
    'ENV-CORE',
    { '/proc/self/limits': 'Max core file size        unlimited            unlimited            bytes\n' },
    'core dumps may have unlimited octets; expected 0',
  ],
  [
    'ENV-USB',
    {
      '/sys/bus/usb/devices/1-3/idVendor': '16c0\n',
      '/sys/bus/usb/devices/1-3/idProduct': '27db\n',
      '/sys/bus/usb/devices/1-3/product': 'Stick\n',
      '/sys/bus/usb/devices/1-3:1.0/bInterfaceClass': '03\n',
    },
    'a USB device was connected that was not there before: 1-3 16c0:27db Stick [keyboard or mouse]',
  ],
  ['ENV-MODULE', { '/usr/lib/module.so': 'other octets' }, 'the PKCS#11 module /usr/lib/module.so is '],
  ['ENV-MODULE', { '/usr/lib/module.so': undefined }, 'the PKCS#11 module /usr/lib/module.so cannot be read'],
])('%s blocks a ceremony (case %#)', (id, changes, text) => {
  const lines = told(machine(changes));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`${id} block ${text}`);
});

test.each<[EnvironmentId, Readonly<Record<string, string | undefined>>, string]>([
  [
    'ENV-MEDIA',
    {
      '/proc/self/mountinfo': `${PREPARED['/proc/self/mountinfo']}32 27 8:33 / /media/my\\040stick rw,nosuid,relatime - vfat /dev/sdc1 rw\n`,
    },
    '/media/my stick (/dev/sdc1, vfat) is mounted without ro, nodev, noexec; expected ro, nodev, nosuid, noexec',
  ],
  [
    'ENV-MEDIA',
    {
      '/proc/self/mountinfo': `${PREPARED['/proc/self/mountinfo']}32 27 8:33 / /data ro,nodev,nosuid - ext4 /dev/sdc1 ro\n`,
      '/sys/dev/block/8:33': '-> ../../devices/pci0/usb1/1-4/block/sdc/sdc1',
      '/sys/devices/pci0/usb1/1-4/block/sdc/removable': '0\n',
    },
    '/data (/dev/sdc1, ext4) is mounted without noexec',
  ],
  [
    'ENV-PERSISTENCE',
    { '/proc/self/mountinfo': `${PREPARED['/proc/self/mountinfo']}33 27 259:2 / /var rw,relatime - ext4 /dev/nvme0n1p2 rw\n` },
    '/var (/dev/nvme0n1p2, ext4) keeps what is written to it',
  ],
  [
    'ENV-SESSIONS',
    { '/run/systemd/sessions/7': 'UID=1000\nUSER=eve\nCLASS=user\nSTATE=online\nTTY=tty2\nREMOTE=0\n' },
    '2 sessions are open: root at tty1, eve at tty2; expected one',
  ],
  [
    'ENV-SESSIONS',
    { '/run/systemd/sessions/1': 'USER=root\nCLASS=user\nSTATE=active\nREMOTE=1\n' },
    '1 sessions are open from another machine',
  ],
])('%s is told, and blocks where the policy says so (case %#)', (id, changes, text) => {
  const lines = told(machine(changes));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`${id} warn ${text}`);
  const checks = { ...ENVIRONMENT_CHECKS, [id]: 'block' } as const;
  expect(told(machine(changes), policyWith({ checks }))[0]).toContain(`${id} block `);
  expect(told(machine(changes), policyWith({ checks: { ...checks, [id]: 'off' } }))).toEqual([]);
});

test("sessions that are over, or are no one's, and devices that are gone, are no findings", () => {
  expect(
    told(
      machine({
        '/run/systemd/sessions/2': 'USER=eve\nCLASS=user\nSTATE=closing\n',
        '/run/systemd/sessions/3': 'USER=gdm\nCLASS=greeter\nSTATE=active\n',
        '/sys/bus/usb/devices/': '',
        '/sys/bus/usb/devices/usb1/idVendor': undefined,
        '/sys/bus/usb/devices/usb1/idProduct': undefined,
        '/sys/bus/usb/devices/usb1/product': undefined,
      }),
    ),
  ).toEqual([]);
});

test('what the machine does not tell is never right', () => {
  const nothing = told({ '/usr/lib/module.so': PREPARED['/usr/lib/module.so']! });
  const silent = new Set(nothing.map((line) => line.split(' ')[0]));
  for (const id of ['ENV-INTERFACE', 'ENV-ROUTE', 'ENV-WIRELESS', 'ENV-SWAP', 'ENV-CORE', 'ENV-MEDIA', 'ENV-SESSIONS', 'ENV-PERSISTENCE'])
    expect(silent, id).toContain(id);
});

const HSM = { ...interfaceFiles('eth1', 1, '0x1003', '1') };
const link = (row: string): Tree => machine({ ...HSM, '/proc/net/route': route4(row) });

test('one link to an HSM may be up, and reaches its one peer', () => {
  const policy = policyWith({ hsmLink: 'eth1' });
  // 192.168.0.0/30
  expect(told(link('eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\tFCFFFFFF'), policy)).toEqual([]);
  expect(told(link('eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\tFCFFFFFF'))[0]).toContain(
    'ENV-INTERFACE block the network interface eth1 is in use',
  );
  expect(told(link('eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF'), policy)).toEqual([
    'ENV-HSM-LINK block by eth1, the link to the HSM, a network /24 is reached (IPv4); expected /30 or smaller',
  ]);
  expect(told(link('eth1\t0000000A\t0100A8C0\t0003\t0\t0\t0\tFCFFFFFF'), policy)[0]).toContain('there is a gateway (IPv4)');
  const v6 = (prefix: string): Tree =>
    machine({
      ...HSM,
      '/proc/net/ipv6_route': `fd${'0'.repeat(30)} ${prefix} ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000001 00000000 00000001     eth1\n`,
    });
  expect(told(v6('7e'), policy)).toEqual([]);
  expect(told(v6('40'), policy)[0]).toContain('a network /64 is reached (IPv6); expected /126 or smaller');
});

test('a clock that is not that of the witness, or earlier than what has happened, blocks', () => {
  expect(told(PREPARED, { witness: { machine: NOW, witness: NOW - 61, tolerance: 60 } })).toEqual([
    'ENV-CLOCK block the machine says 2026-11-24T12:00:00Z, the witness 2026-11-24T11:58:59Z: 61 s apart; allowed are 60 s',
  ]);
  expect(told(PREPARED, { now: NOW - 3601 })).toEqual([
    'ENV-CLOCK-EARLY block the clock says 2026-11-24T10:59:59Z, and the last entry of the log was written at 2026-11-24T11:00:00Z',
  ]);
  expect(told(PREPARED, { now: NOW - 86_401 })[0]).toContain('this program was made at 2026-11-23T12:00:00Z');
});

test('another program blocks; where nobody has said which it is to be, that is told and stops nothing', () => {
  expect(told(PREPARED, { program: 'cd'.repeat(32) })).toEqual([
    `ENV-PROGRAM block the program is ${'cd'.repeat(32)}; expected ${PROGRAM}`,
  ]);
  expect(told(PREPARED, policyWith({ program: undefined, modules: {} }))).toEqual([
    `ENV-PROGRAM warn coldsign.yaml pins no program; this one is ${PROGRAM}`,
    `ENV-MODULE warn coldsign.yaml pins nothing for the PKCS#11 module /usr/lib/module.so; it is ${MODULE}`,
  ]);
});

test('in practice nothing blocks, and all is told', () => {
  const files = machine(interfaceFiles('eth0', 1, '0x1003', '1'));
  expect(told(files, { mode: 'practice' })[0]).toContain('ENV-INTERFACE warn ');
});

test('a list of USB devices that is taken now finds nothing new', () => {
  const files = machine({ '/sys/bus/usb/devices/1-3/idVendor': '16c0\n', '/sys/bus/usb/devices/1-3/idProduct': '27db\n' });
  const before = withMachine(files, usbDevices);
  expect(before).toEqual(['1-3 16c0:27db', 'usb1 1d6b:0002 EHCI Host Controller']);
  expect(told(files, { usbBefore: before! })).toEqual([]);
});

test('the log has findings in its own form, with what to do', () => {
  const findings = withMachine(machine({ '/sys/class/bluetooth/hci0/': '' }), (one) => checkEnvironment(one, EXPECTED));
  const logged = loggedFindings(findings);
  for (const finding of logged) expect(Object.keys(finding)).toEqual(['id', 'severity', 'text']);
  expect(logged.find(({ id }) => id === 'ENV-WIRELESS')?.text).toMatch(/hci0; expected none; next: take the device out/);
});

test('an entry of the log has room for what the strangest machine finds', () => {
  const up = Object.assign({}, ...Array.from({ length: 200 }, (_, i) => interfaceFiles(`veth${i}`, 1, '0x1003', '1')));
  const logged = loggedFindings(withMachine(machine(up), (one) => checkEnvironment(one, EXPECTED)));
  expect(logged.filter(({ id }) => id === 'ENV-INTERFACE').map(({ text }) => text)).toEqual([
    expect.stringContaining('veth0 is in use'),
    expect.stringContaining('veth1 is in use'),
    expect.stringContaining('veth10 is in use'),
    'and 197 more like these',
  ]);
  expect(JSON.stringify(logged).length).toBeLessThan(MAX_ENTRY_OCTETS / 2);
});

test('docs/ceremony-scripts.md explains each check, with what it does by itself', () => {
  const doc = readFileSync(new URL('../../../docs/ceremony-scripts.md', import.meta.url), 'utf8');
  for (const [id, does] of Object.entries(ENVIRONMENT_CHECKS))
    expect(doc).toContain(`| \`${id}\` | ${does} | ${ENVIRONMENT_TITLES[id as EnvironmentId]} |`);
});
