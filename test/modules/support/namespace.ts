import { readFileSync, readlinkSync } from 'node:fs';
import { Started } from './started.ts';

/** What a service sees apart from the rest of the machine; /dev/shm and shared memory of its own besides. */
export interface Apart {
  /** Folders of ours in the place of those of the system. */
  readonly mounts: readonly { readonly from: string; readonly at: string }[];
  /** A network of its own, with nothing but loopback. */
  readonly network: boolean;
}

/**
 * A namespace with folders of ours in the place of those of the system, so that daemons with built-in paths and ports leave the machine
 * and each other alone. Lives as long as its first process. Without root it is made in a user namespace.
 */
export class Namespace implements AsyncDisposable {
  readonly #holder: Started;
  readonly #isRoot = process.getuid?.() === 0;

  private constructor(holder: Started) {
    this.#holder = holder;
  }

  /** @throws Error where this machine does not allow it */
  static async open({ mounts, network }: Apart): Promise<Namespace> {
    const isRoot = process.getuid?.() === 0;
    const flags = ['--mount', '--ipc', ...(network ? ['--net'] : []), ...(isRoot ? [] : ['--map-root-user'])];
    const binds = mounts.map(({ from, at }) => `mount --bind '${from}' '${at}'`);
    const lines = [
      'set -e',
      ...binds,
      'mount -t tmpfs tmpfs /dev/shm',
      ...(network ? ['ip link set lo up'] : []),
      'echo ready',
      'exec tail -f /dev/null',
    ];
    const holder = new Started('unshare', [...flags, 'sh', '-c', lines.join('\n')]);
    try {
      await holder.until('the namespace is there', () => holder.said.includes('ready'));
    } catch (cause) {
      await holder.stop();
      throw new Error(
        `no namespace (unshare ${flags.join(' ')}): run the tests as root, or allow user namespaces (kernel.unprivileged_userns_clone, AppArmor)`,
        { cause },
      );
    }
    return new Namespace(holder);
  }

  /** Put before a command line, it runs inside. */
  get enter(): readonly string[] {
    const { pid } = this.#holder;
    const kinds = this.#isRoot ? [] : ['--user', '--preserve-credentials'];
    return ['nsenter', '--target', String(pid), ...kinds, '--mount', '--ipc', ...(this.#hasNetwork() ? ['--net'] : []), '--'];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder.stop();
  }

  #hasNetwork(): boolean {
    return readlinkSync(`/proc/${this.#holder.pid}/ns/net`) !== readlinkSync('/proc/self/ns/net');
  }
}

/** Number of a group of the machine. */
export function groupId(name: string): number {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`the group ${name} is not in /etc/group`);
  return Number(line.split(':')[2]);
}
