import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkEnvironment, type Expectation } from '../../../src/ceremony/environment/check-environment.ts';
import {
  type Consequence,
  ENVIRONMENT_CHECKS,
  type EnvironmentFinding,
  type EnvironmentId,
} from '../../../src/ceremony/environment/checks.ts';
import { machineAt } from '../../../src/ceremony/environment/machine.ts';
import { shellWord } from '../../../src/ceremony/environment/shell-word.ts';
import { interfaceFiles, PREPARED, route4, type Tree, withMachine } from './tree.ts';

/* Whoever wants a ceremony to go on names things so that they pass, or so that the words on the screen are others than they were. */

const NOW = 1_795_521_600;
const EXPECTED: Expectation = {
  policy: { checks: { ...ENVIRONMENT_CHECKS }, clockTolerance: 60, hsmLink: undefined, program: undefined, modules: {} },
  mode: 'production',
  program: 'ab'.repeat(32),
  modules: [],
  workspace: '/media/work/ws',
  now: NOW,
  built: NOW - 1,
  lastEntry: undefined,
  usbBefore: ['usb1 1d6b:0002 EHCI Host Controller'],
};

type Changes = Readonly<Record<string, string | undefined>>;
const machine = (changes: Changes): Tree =>
  Object.fromEntries(Object.entries({ ...PREPARED, ...changes }).filter((one): one is [string, string] => one[1] !== undefined));

/** Of one check. */
function found(id: EnvironmentId, changes: Changes, hsmLink?: string): readonly EnvironmentFinding[] {
  const expected = { ...EXPECTED, policy: { ...EXPECTED.policy, hsmLink } };
  return withMachine(machine(changes), (one) => checkEnvironment(one, expected)).filter((finding) => finding.id === id);
}

const mounts = (...lines: readonly string[]): Changes => ({
  '/proc/self/mountinfo': `${PREPARED['/proc/self/mountinfo']}${lines.map((line) => `${line}\n`).join('')}`,
});
const withoutLines = (path: string, kept: (line: string) => boolean): Changes => ({
  [path]: PREPARED[path]!.split('\n').filter(kept).join('\n'),
});

describe('ways out that are no default route by name', () => {
  test.each<[string, Changes, string]>([
    [
      'two halves of the world',
      {
        '/proc/net/route': route4('tun0\t00000000\t010200C0\t0003\t0\t0\t0\t00000080', 'tun0\t00000080\t010200C0\t0003\t0\t0\t0\t00000080'),
      },
      'a route for IPv4 to a network /1 by tun0 and a gateway',
    ],
    [
      'one network behind a gateway',
      { '/proc/net/route': route4('eth0\t0000A8C0\t0100000A\t0003\t0\t0\t0\t00FFFFFF') },
      'a route for IPv4 to a network /24 by eth0 and a gateway',
    ],
    [
      'all addresses that are given out of IPv6, on a link',
      {
        '/proc/net/ipv6_route': `2${'0'.repeat(31)} 03 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 00000001 00000000 00000001     eth0\n`,
      },
      'a route for IPv6 to a network /3 by eth0',
    ],
    [
      'a table for rules',
      {
        '/proc/net/fib_trie':
          'Main:\n  +-- 127.0.0.0/8 2 0 2\nId 100:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n',
      },
      'a default route for IPv4 in the routing table 100',
    ],
  ])('%s', (_, changes, text) => {
    expect(found('ENV-ROUTE', changes)[0]).toMatchObject({ severity: 'block', text: expect.stringContaining(`there is ${text}`) });
  });

  test('the network that the machine is in is none, nor the routes of the loopback in a table of its own', () => {
    const route = route4('eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF');
    const trie =
      'Main:\n     |-- 0.0.0.0\n        /0 universe UNICAST\nLocal:\n     |-- 0.0.0.0\n        /0 universe UNICAST\nId 7:\n     |-- 10.0.0.0\n        /8 link UNICAST\n';
    expect(found('ENV-ROUTE', { '/proc/net/route': route, '/proc/net/fib_trie': trie })).toMatchObject([{ severity: 'pass' }]);
  });
});

describe('what cannot be read, or reads as something else, is never right', () => {
  test.each<[EnvironmentId, Changes]>([
    ['ENV-INTERFACE', { '/sys/class/net/eth0/flags': undefined }],
    ['ENV-INTERFACE', { '/sys/class/net/eth0/flags': '' }],
    ['ENV-ROUTE', { '/proc/net/route': '' }],
    ['ENV-ROUTE', { '/proc/net/ipv6_route': undefined, '/proc/sys/net/ipv6/conf/': '' }],
    ['ENV-WIRELESS', { '/sys/class/bluetooth': 'no folder' }],
    ['ENV-SWAP', { '/proc/swaps': '' }],
    ['ENV-CORE', { '/proc/self/limits': 'Limit Soft Hard\n' }],
    ['ENV-MEDIA', { '/proc/self/mountinfo': '' }],
    ['ENV-MEDIA', mounts('a line that nobody understands')],
    ['ENV-PERSISTENCE', withoutLines('/proc/self/mountinfo', (line) => !line.startsWith('27 '))],
    ['ENV-SESSIONS', { '/run/systemd/sessions/3/': '' }],
    [
      'ENV-USB',
      {
        ...Object.fromEntries(
          Object.keys(PREPARED)
            .filter((path) => path.startsWith('/sys/bus/'))
            .map((path) => [path, undefined]),
        ),
        '/sys/bus/pci/': '',
      },
    ],
  ])('%s (case %#)', (id, changes) => {
    const [first] = found(id, changes);
    expect(first).toMatchObject({ text: expect.stringContaining('cannot be read') });
    expect(first?.severity).toBe(ENVIRONMENT_CHECKS[id]);
  });

  test('a machine that had no USB when the ceremony began, and has some now', () => {
    const findings = withMachine(machine({}), (one) => checkEnvironment(one, { ...EXPECTED, usbBefore: [] }));
    expect(findings.find(({ id }) => id === 'ENV-USB')?.severity).toBe('block');
  });

  test('a pipe in the folder of the sessions is not waited for', () => {
    const root = mkdtempSync(join(tmpdir(), 'coldsign-pipe-'));
    try {
      const folder = join(root, 'run/systemd/sessions');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, '1'), 'USER=root\nCLASS=user\nSTATE=active\nTTY=tty1\n');
      execFileSync('mkfifo', [join(folder, '1.ref'), join(folder, '2')]);
      expect(machineAt(root).read('/run/systemd/sessions/2')).toBeUndefined();
      const [first] = checkEnvironment(machineAt(root), EXPECTED).filter(({ id }) => id === 'ENV-SESSIONS');
      expect(first?.text).toContain('/run/systemd/sessions/2 cannot be read');
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('names that their owners have chosen', () => {
  test('an interface that is a command line is shown as one word, and moves no terminal', () => {
    const name = ';reboot;$(x)';
    const [first] = found('ENV-INTERFACE', interfaceFiles(name, 1, '0x1003', '1'));
    expect(first?.next).toBe("pull the cable and run: ip link set dev ';reboot;$(x)' down");
    const [other] = found('ENV-INTERFACE', interfaceFiles('e\u001b[2Jh\u202e0', 1, '0x1003', '1'));
    expect(other?.text).toContain('the network interface e\\u{1b}[2Jh\\u{202e}0 is in use');
  });

  test('a stick, a swap file and a mount point too', () => {
    const stick = { '/sys/bus/usb/devices/1-3/idVendor': '16c0\n', '/sys/bus/usb/devices/1-3/product': 'all \u001b[1A checks pass\n' };
    expect(found('ENV-USB', stick)[0]?.text).toContain('all \\u{1b}[1A checks pass');
    const [swap] = found('ENV-SWAP', { '/proc/swaps': 'Filename Type Size Used Priority\n/var/my\\040swap file 1 0 -2\n' });
    expect(swap).toMatchObject({ severity: 'block', next: "run: swapoff '/var/my swap'" });
    const [medium] = found('ENV-MEDIA', mounts("32 27 8:33 / /media/a';id\\012b rw,relatime - vfat /dev/sdc1 rw"));
    expect(medium?.text).toContain("/media/a';id\\u{a}b (/dev/sdc1, vfat) is mounted without ro");
    expect(medium?.next).toContain("'/media/a'\\'';id\\u{a}b'");
    expect(['eth0', 'wlp2s0.100', 'a b', "it's"].map(shellWord)).toEqual(['eth0', 'wlp2s0.100', "'a b'", "'it'\\''s'"]);
  });

  test('a switch of a driver among the interfaces is no interface', () => {
    expect(found('ENV-INTERFACE', { '/sys/class/net/bonding_masters': 'bond0\n' })).toMatchObject([{ severity: 'pass' }]);
  });
});

test.each(['|/usr/bin/false %p', '| /bin/false', '|/bin/false; cat > /media/x', '@/run/coredump.sock', '@@/run/coredump.sock'])(
  'core_pattern %s is a program that gets the memory',
  (pattern) => {
    expect(found('ENV-CORE', { '/proc/sys/kernel/core_pattern': `${pattern}\n` })[0]).toMatchObject({
      severity: 'block',
      text: expect.stringContaining('core dumps go to a program'),
    });
  },
);

test('swap that is compressed into memory can have a disk behind it', () => {
  expect(found('ENV-SWAP', { '/proc/swaps': 'Filename Type Size Used Priority\n/dev/zram0 partition 1 0 100\n' })[0]?.severity).toBe(
    'block',
  );
});

describe('media under other names', () => {
  test.each<[string, Changes, string]>([
    [
      'mounted a second time elsewhere',
      mounts('40 27 8:17 /secret /srv/x rw,relatime - ext4 /dev/sdb1 rw'),
      '/srv/x (/dev/sdb1, ext4) is mounted without ro',
    ],
    [
      'under encryption',
      {
        ...mounts('40 27 253:0 / /srv/x rw,relatime - ext4 /dev/mapper/x rw'),
        '/sys/dev/block/253:0/removable': '0\n',
        '/sys/dev/block/253:0/slaves/sdc1/': '',
        '/sys/class/block/sdc1': '-> ../../devices/pci0/usb1/1-7/block/sdc/sdc1',
      },
      '/srv/x (/dev/mapper/x, ext4) is mounted without ro',
    ],
    [
      'with btrfs, whose number is that of no device',
      {
        ...mounts('40 27 0:55 / /srv/x rw,relatime - btrfs /dev/sdc1 rw'),
        '/sys/class/block/sdc1': '-> ../../devices/pci0/usb1/1-7/block/sdc/sdc1',
      },
      '/srv/x (/dev/sdc1, btrfs) is mounted without ro',
    ],
    [
      'on a memory card',
      { ...mounts('40 27 179:1 / /srv/x rw,relatime - vfat /dev/mmcblk0p1 rw'), '/sys/dev/block/179:1/device/type': 'SD\n' },
      '/srv/x (/dev/mmcblk0p1, vfat) is mounted without ro',
    ],
  ])('%s', (_, changes, text) => {
    expect(found('ENV-MEDIA', changes)[0]).toMatchObject({ severity: 'warn', text: expect.stringContaining(text) });
  });

  test('a system that runs from a stick which it writes to keeps what is written', () => {
    const root = PREPARED['/proc/self/mountinfo']!.replace(
      '27 1 0:26 / / rw,relatime - overlay overlay rw',
      '27 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw',
    );
    expect(found('ENV-PERSISTENCE', { '/proc/self/mountinfo': root })[0]?.text).toContain(
      '/ (/dev/sda1, ext4) keeps what is written to it',
    );
  });
});

test('a card for radio whose driver is not loaded', () => {
  const card = { '/sys/bus/pci/devices/0000:02:00.0/class': '0x028000\n' };
  expect(found('ENV-WIRELESS', card)[0]?.text).toContain('a radio without a driver: the PCI device 0000:02:00.0');
  expect(found('ENV-WIRELESS', { '/sys/bus/pci/devices/0000:02:00.0/class': '0x020000\n' })).toMatchObject([{ severity: 'pass' }]);
});

test('a link to an HSM that is not there, or that reaches two networks', () => {
  const HSM = interfaceFiles('eth1', 1, '0x1003', '1');
  const routes = route4('eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\tFCFFFFFF', 'eth1\t0001A8C0\t00000000\t0001\t0\t0\t0\tFCFFFFFF');
  expect(found('ENV-HSM-LINK', {}, 'eth9')[0]).toMatchObject({
    severity: 'block',
    text: expect.stringContaining('there is no network interface eth9'),
  });
  expect(found('ENV-HSM-LINK', { ...HSM, '/proc/net/route': routes }, 'eth1')[0]?.text).toContain(
    '2 networks are reached (IPv4); expected one',
  );
});

/** For each check a machine on which it finds something. */
const WRONG: Readonly<Record<EnvironmentId, Partial<Expectation> & { readonly changes?: Changes; readonly hsmLink?: string }>> = {
  'ENV-INTERFACE': { changes: interfaceFiles('eth0', 1, '0x1003', '1') },
  'ENV-HSM-LINK': { hsmLink: 'eth9' },
  'ENV-ROUTE': { changes: { '/proc/net/route': route4('eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000') } },
  'ENV-WIRELESS': { changes: { '/sys/class/nfc/nfc0/': '' } },
  'ENV-SWAP': { changes: { '/proc/swaps': 'Filename Type\n/dev/sda2 partition\n' } },
  'ENV-CORE': { changes: { '/proc/sys/kernel/core_pattern': '|/bin/keep\n' } },
  'ENV-CLOCK': { witness: { machine: NOW, witness: NOW + 61, tolerance: 60 } },
  'ENV-CLOCK-EARLY': { built: NOW + 1 },
  'ENV-PROGRAM': { program: 'cd'.repeat(32) },
  'ENV-MODULE': { modules: ['/not/there.so'] },
  'ENV-MEDIA': { changes: mounts('32 27 8:33 / /media/x rw - vfat /dev/sdc1 rw') },
  'ENV-USB': { usbBefore: [] },
  'ENV-SESSIONS': { changes: { '/run/systemd/sessions/7': 'USER=eve\nCLASS=user\nSTATE=online\n' } },
  'ENV-PERSISTENCE': { changes: mounts('33 27 259:2 / /var rw - ext4 /dev/nvme0n1p2 rw') },
};

test.each(Object.entries(WRONG))(
  '%s blocks, warns or is not looked at, as the policy says; in practice it warns',
  (id, { changes = {}, hsmLink, ...more }) => {
    const severities = (consequence: Consequence, mode: Expectation['mode'] = 'production'): readonly string[] => {
      const policy = { ...EXPECTED.policy, hsmLink, program: 'ab'.repeat(32), checks: { ...ENVIRONMENT_CHECKS, [id]: consequence } };
      const findings = withMachine(machine(changes), (one) => checkEnvironment(one, { ...EXPECTED, mode, ...more, policy }));
      return [...new Set(findings.filter((finding) => finding.id === id).map(({ severity }) => severity))];
    };
    expect(severities('block')).toEqual(['block']);
    expect(severities('warn')).toEqual(['warn']);
    expect(severities('off')).toEqual([]);
    expect(severities('block', 'practice')).toEqual(['warn']);
  },
);
