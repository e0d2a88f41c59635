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
  const text = read('/proc/self/mountinfo');
  return text?.split('\n').flatMap(mountOf);
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
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Where people and automounters put media. */
const FOR_MEDIA = /^\/(?:media|mnt|run\/media)\//;

/** Whether it is on something that can be taken out: the kernel says so, it is on USB, or it is where media are mounted. */
export function isRemovable({ read, link }: Machine, { device, point, type }: Mount): boolean {
  if (FOR_MEDIA.test(point) && type !== 'tmpfs') return true;
  const block = `/sys/dev/block/${device}`;
  // A partition has no such file; its disk, the folder around it, has.
  const removable = read(`${block}/removable`) ?? read(`${block}/../removable`);
  return removable?.trim() === '1' || /\/usb\d*\//.test(link(block) ?? '');
}
