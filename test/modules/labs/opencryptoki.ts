import { chmodSync, chownSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE } from '../../support/cli.ts';
import { bringUp, LIBRARIES, type ModuleLab, makeFolder, pinSource, uriOf } from '../support/lab.ts';
import { groupId, Namespace } from '../support/namespace.ts';
import { mustRun, Started } from '../support/started.ts';

export const OPENCRYPTOKI_PACKAGES = ['opencryptoki'];

const PIN = '56789012';
const SLOT = 'version opencryptoki-3.1\nslot 3\n{\nstdll = libpkcs11_sw.so\ntokname = swtok\n}\n';
const INITIALISE = fileURLToPath(new URL('./opencryptoki-token.ts', import.meta.url));

/** The software token of openCryptoki with its daemon, both with folders of their own in the place of those of the system. */
export function openCryptoki(): Promise<ModuleLab> {
  return bringUp('ock', OPENCRYPTOKI_PACKAGES, async (folder, stack) => {
    if (process.getuid?.() !== 0)
      throw new Error('these tests need root: openCryptoki insists on files of the group pkcs11, which nobody else can give away');
    const data = makeFolder(folder, 'data');
    const settings = makeFolder(folder, 'settings');
    const log = makeFolder(folder, 'log');
    const running = makeFolder(folder, 'run');
    makeFolder(data, 'swtok', 'TOK_OBJ');
    makeFolder(log, 'opencryptoki');
    makeFolder(running, 'lock', 'opencryptoki', 'swtok');
    writeFileSync(join(settings, 'opencryptoki.conf'), SLOT);
    giveToGroup(folder, groupId('pkcs11'));
    const mounts = [
      { from: data, at: '/var/lib/opencryptoki' },
      { from: settings, at: '/etc/opencryptoki' },
      { from: log, at: '/var/log' },
      { from: running, at: '/run' },
    ];
    const namespace = stack.use(await Namespace.open({ mounts, network: false }));
    const [command, ...enter] = [...namespace.enter];
    const daemon = stack.use(new Started(command!, [...enter, 'pkcsslotd', '-f']));
    await daemon.until('its socket is there', () => existsSync(join(running, 'pkcsslotd.socket')));
    const module = join(LIBRARIES, 'pkcs11/libopencryptoki.so');
    const source = pinSource(folder, PIN);
    await mustRun(command!, [...enter, NODE, INITIALISE, module, source.replace(/^file:/, '')]);
    return { uri: uriOf({ token: 'ock', modulePath: module, pinSource: source }), enter: namespace.enter, env: {} };
  });
}

/** The module demands that its files belong to the group of its users. */
function giveToGroup(path: string, group: number): void {
  if (process.getuid?.() === 0) chownSync(path, 0, group);
  const isFolder = statSync(path).isDirectory();
  chmodSync(path, isFolder ? 0o770 : 0o640);
  if (isFolder) for (const name of readdirSync(path)) giveToGroup(join(path, name), group);
}
