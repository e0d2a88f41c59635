import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Machine, machineAt } from '../../../src/ceremony/environment/machine.ts';

/** Path → content; a folder ends in a slash, a symbolic link is `-> TARGET`. */
export type Tree = Readonly<Record<string, string>>;

/** Runs with a machine whose `/` has these files and nothing else. */
export function withMachine<T>(files: Tree, use: (machine: Machine) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'coldsign-machine-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      const at = join(root, path);
      mkdirSync(path.endsWith('/') ? at : dirname(at), { recursive: true });
      if (content.startsWith('-> ')) symlinkSync(content.slice(3), at);
      else if (!path.endsWith('/')) writeFileSync(at, content);
    }
    return use(machineAt(root));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const ROUTES = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

/** An interface of a type of Linux: 1 is Ethernet, 772 the loopback. */
export const interfaceFiles = (name: string, type: number, flags: string, carrier?: string): Tree => ({
  [`/sys/class/net/${name}/type`]: `${type}\n`,
  [`/sys/class/net/${name}/flags`]: `${flags}\n`,
  [`/sys/class/net/${name}/operstate`]: `${carrier === '1' ? 'up' : 'down'}\n`,
  ...(carrier === undefined ? {} : { [`/sys/class/net/${name}/carrier`]: `${carrier}\n` }),
});

/** A line of /proc/net/route; the numbers as the kernel prints them. */
export const route4 = (...rows: readonly string[]): string => ROUTES + rows.map((row) => `${row}\t0\t0\t0\n`).join('');

/** A machine that was prepared for a ceremony: live system, one Ethernet port that is down, workspace on a stick of its own. */
export const PREPARED: Tree = {
  ...interfaceFiles('lo', 772, '0x9', '1'),
  ...interfaceFiles('eth0', 1, '0x1002'),
  '/proc/net/route': ROUTES,
  '/proc/net/ipv6_route': `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} ffffffff 00000001 00000000 00200200       lo\n`,
  '/proc/swaps': 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
  '/proc/sys/kernel/core_pattern': 'core\n',
  '/proc/self/limits':
    'Limit                     Soft Limit           Hard Limit           Units     \nMax core file size        0                    unlimited            bytes     \n',
  '/proc/self/mountinfo': [
    '22 27 0:21 / /proc rw,relatime - proc proc rw',
    '27 1 0:26 / / rw,relatime - overlay overlay rw,lowerdir=/run/live,upperdir=/run/upper',
    '30 27 8:1 / /run/live/medium ro,noatime - iso9660 /dev/sda1 ro',
    '31 27 8:17 / /media/work rw,nosuid,nodev,noexec - ext4 /dev/sdb1 rw',
    '',
  ].join('\n'),
  '/sys/dev/block/8:1': '-> ../../devices/pci0/usb1/1-1/block/sda/sda1',
  '/sys/dev/block/8:17': '-> ../../devices/pci0/usb1/1-2/block/sdb/sdb1',
  '/sys/devices/pci0/usb1/1-1/block/sda/removable': '1\n',
  '/sys/devices/pci0/usb1/1-1/block/sda/sda1/': '',
  '/sys/devices/pci0/usb1/1-2/block/sdb/removable': '1\n',
  '/sys/devices/pci0/usb1/1-2/block/sdb/sdb1/': '',
  '/sys/bus/usb/devices/usb1/idVendor': '1d6b\n',
  '/sys/bus/usb/devices/usb1/idProduct': '0002\n',
  '/sys/bus/usb/devices/usb1/product': 'EHCI Host Controller\n',
  '/run/systemd/sessions/1': '# private\nUID=0\nUSER=root\nCLASS=user\nSTATE=active\nTTY=tty1\nREMOTE=0\n',
  '/usr/lib/module.so': 'the octets of a module',
};
