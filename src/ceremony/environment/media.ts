import { notTold, type Verdict, type Wrong } from './checks.ts';
import type { Machine } from './machine.ts';
import { isRemovable, type Mount, mountsOf } from './mounts.ts';
import { shellWord } from './shell-word.ts';

/** What the machine was started from: it has to be executed. */
const OF_THE_SYSTEM = new Set([
  '/',
  '/usr',
  '/boot',
  '/boot/efi',
  '/cdrom',
  '/run/live/medium',
  '/lib/live/mount/medium',
  '/run/initramfs/live',
]);
const WANTED = ['nodev', 'nosuid', 'noexec'] as const;

/**
 * ENV-MEDIA: what comes in on media can be read, and nothing else.
 * @param workspace absolute path; the medium that it is on is written
 */
export function media(machine: Machine, workspace: string): Verdict {
  const mounts = mountsOf(machine);
  if (mounts === undefined) return { wrong: [notTold('/proc/self/mountinfo', 'which media are mounted')], pass: '' };
  const home = mountOf(mounts, workspace);
  const found = mounts.filter((mount) => !OF_THE_SYSTEM.has(mount.point) && isRemovable(machine, mount));
  const wrong = found.flatMap((mount): Wrong[] => {
    const missing = [...(mount.isReadOnly || mount === home ? [] : ['ro']), ...WANTED.filter((option) => !mount.options.has(option))];
    if (missing.length === 0) return [];
    return [
      {
        text: `${nameOf(mount)} is mounted without ${missing.join(', ')}; expected ${[...(mount === home ? [] : ['ro']), ...WANTED].join(', ')}`,
        next: `run: mount -o remount,${mount === home ? 'rw' : 'ro'},${WANTED.join(',')} ${shellWord(mount.point)}; a medium to be written is mounted when it is written`,
      },
    ];
  });
  return { wrong, pass: found.length === 0 ? 'no medium is mounted' : `${found.length} media are mounted, to be read only` };
}

/** File systems that are gone when the machine is switched off, or that keep nothing of ours. */
const VOLATILE = new Set(
  (
    'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs overlay proc pstore ramfs ' +
    'rpc_pipefs securityfs selinuxfs squashfs sysfs tmpfs tracefs'
  ).split(' '),
);

/**
 * ENV-PERSISTENCE: nothing of a ceremony stays on the machine, but in the workspace.
 * @param workspace absolute path
 */
export function persistence(machine: Machine, workspace: string): Verdict {
  const mounts = mountsOf(machine);
  if (mounts === undefined) return { wrong: [notTold('/proc/self/mountinfo', 'what stays on the machine')], pass: '' };
  const home = mountOf(mounts, workspace);
  // A medium that the system is started from keeps what is written to it like any disk.
  const isMedium = (mount: Mount): boolean => !OF_THE_SYSTEM.has(mount.point) && isRemovable(machine, mount);
  const kept = mounts.filter((mount) => !mount.isReadOnly && !VOLATILE.has(mount.type) && !isMedium(mount));
  const others = kept.filter(({ device }, i) => device !== home?.device && kept.findIndex((other) => other.device === device) === i);
  // A workspace on the disk of the system: then the disk keeps everything else, too.
  const own = home !== undefined && home.point === '/' && kept.includes(home) ? [home] : [];
  const wrong = [...own, ...others].map(
    (mount): Wrong => ({
      text: `${nameOf(mount)} keeps what is written to it, also when the machine is switched off; expected the workspace alone to stay`,
      next: 'start the machine from a medium that is read only, and keep the workspace on a medium of its own',
    }),
  );
  return { wrong, pass: 'nothing stays on the machine but the workspace' };
}

/** The file system that a path is on; of several at one point, the one that covers the others. */
function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const isIn = ({ point }: Mount): boolean => point === '/' || path === point || path.startsWith(`${point}/`);
  const around = mounts.filter(isIn);
  const longest = Math.max(...around.map(({ point }) => point.length));
  return around.findLast(({ point }) => point.length === longest);
}

const nameOf = ({ point, source, type }: Mount): string => `${point} (${source}, ${type})`;
