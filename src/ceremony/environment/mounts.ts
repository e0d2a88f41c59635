import type { Machine } from './machine.ts';

/** A file system in the tree, as /proc/self/mountinfo has it (proc(5)). */
export interface Mount {
  readonly point: string;
  /** `major:minor` */
  readonly device: string;
  readonly source: string;
  readonly type: string;
  /** Of the mount and of the file system. */
  readonly options: ReadonlySet<string>;
  readonly isReadOnly: boolean;
}

/** @returns undefined: the machine does not tell */
export function mountsOf({ read }: Machine): readonly Mount[] | undefined {
  const lines = read('/proc/self/mountinfo')
    ?.split('\n')
    .filter((line) => line !== '');
  const mounts = lines?.flatMap(mountOf);
  // A line that is not understood, or a tree without a root: not all of it is told.
  return mounts?.length === lines?.length && mounts?.some(({ point }) => point === '/') ? mounts : undefined;
}

function mountOf(line: string): Mount[] {
  const [left = '', right = ''] = line.split(' - ');
  const [, , device, , point, options] = left.split(' ');
  const [type, source, superOptions = ''] = right.split(' ');
  if (device === undefined || point === undefined || options === undefined || type === undefined || source === undefined) return [];
  const all = new Set([...options.split(','), ...superOptions.split(',')]);
  return [{ point: unescaped(point), device, source: unescaped(source), type, options: all, isReadOnly: all.has('ro') }];
}

/** Blanks, tabs, line feeds and backslashes stand as `\040`. */
export const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Where people and automounters put media. */
const FOR_MEDIA = /^\/(?:media|mnt|run\/media)\//;

/** Whether it is on something that can be taken out: the kernel says so, it is on USB, a memory card, or it is where media are mounted. */
export function isRemovable(machine: Machine, { device, source, point, type }: Mount): boolean {
  if (FOR_MEDIA.test(point) && type !== 'tmpfs') return true;
  // File systems of several devices (btrfs) have a number of their own, which is that of no device.
  const name = /^\/dev\/([^/]+)$/.exec(source)?.[1];
  const blocks = [`/sys/dev/block/${device}`, ...(device.startsWith('0:') && name !== undefined ? [`/sys/class/block/${name}`] : [])];
  return blocks.some((block) => isRemovableBlock(machine, block, MOST_LAYERS));
}

/** Encryption over a volume over a partition is as deep as people go. */
const MOST_LAYERS = 4;

function isRemovableBlock(machine: Machine, block: string, layers: number): boolean {
  const { read, link, list } = machine;
  // A partition has no such file; its disk, the folder around it, has.
  const member = (file: string): string | undefined => (read(`${block}/${file}`) ?? read(`${block}/../${file}`))?.trim();
  if (member('removable') === '1' || member('device/type') === 'SD' || /\/usb\d*\//.test(link(block) ?? '')) return true;
  const below = layers === 0 ? [] : (list(`${block}/slaves`) ?? []);
  return below.some((name) => isRemovableBlock(machine, `/sys/class/block/${name}`, layers - 1));
}
