import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bringUp, LIBRARIES, type ModuleLab, makeFolder, pinSource, uriOf } from '../support/lab.ts';
import { Namespace } from '../support/namespace.ts';
import { mustRun, run, Started } from '../support/started.ts';

const PIN = 'tpm-user-pin-5512';
export const TPM_PACKAGES = [
  'swtpm',
  'tpm2-abrmd',
  'tpm2-tools',
  'dbus',
  'libtpm2-pkcs11-1',
  'libtpm2-pkcs11-tools',
  'libtss2-tcti-swtpm0',
  'libtss2-tcti-tabrmd0',
  'iproute2',
];
/** In a network of its own no port is taken. The driver wants the control port to be the next one. */
const PORT = 2321;

export interface TpmLab extends ModuleLab {
  /** The TPM is switched off. */
  stopTpm(): Promise<void>;
}

/**
 * tpm2-pkcs11 on a software TPM, with the resource manager that it needs (a TPM holds three objects at a time) on a message bus of its own.
 */
export async function tpm2(): Promise<TpmLab> {
  let stopTpm = async (): Promise<void> => {};
  const lab = await bringUp('tpm', TPM_PACKAGES, async (folder, stack) => {
    const namespace = stack.use(await Namespace.open({ mounts: [], network: true }));
    const state = makeFolder(folder, 'state');
    const store = makeFolder(folder, 'store');
    const bus = join(folder, 'bus');
    const env = {
      TSS2_LOG: 'all+NONE',
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}`,
      TPM2TOOLS_TCTI: 'tabrmd:bus_type=session',
      TPM2_PKCS11_TCTI: 'tabrmd:bus_type=session',
      TPM2_PKCS11_STORE: store,
    };
    const [command, ...enter] = namespace.enter;
    const start = (...line: readonly string[]): Started => stack.use(new Started(command!, [...enter, ...line], { env }));
    const server = (type: string, port: number): string[] => [`--${type}`, `type=tcp,port=${port},bindaddr=127.0.0.1`];
    const tpm = start(
      'swtpm',
      'socket',
      '--tpm2',
      '--tpmstate',
      `dir=${state}`,
      ...server('server', PORT),
      ...server('ctrl', PORT + 1),
      '--flags',
      'not-need-init,startup-clear',
    );
    stopTpm = () => tpm.stop();
    await tpm.until('it takes calls', async () => {
      const { status } = await run(command!, [...enter, 'sh', '-c', `ss -Hltn 'sport = :${PORT}' | grep -q .`]);
      return status === 0;
    });
    const daemon = start('dbus-daemon', '--session', '--nofork', '--nopidfile', `--address=unix:path=${bus}`);
    await daemon.until('its socket is there', () => existsSync(bus));
    const manager = start('tpm2-abrmd', '--allow-root', '--session', '--max-transients=100', `--tcti=swtpm:host=127.0.0.1,port=${PORT}`);
    const tool = (...line: readonly string[]): Promise<string> => mustRun(command!, [...enter, ...line], { env });
    await manager.until('the TPM answers', async () => {
      const { status } = await run(command!, [...enter, 'tpm2_getcap', 'properties-fixed'], { env });
      return status === 0;
    });
    await tool('tpm2_ptool', 'init', `--path=${store}`);
    await tool('tpm2_ptool', 'addtoken', '--pid=1', '--sopin=so-pin', `--userpin=${PIN}`, '--label=tpm', `--path=${store}`);
    return {
      uri: uriOf({ token: 'tpm', modulePath: join(LIBRARIES, 'libtpm2_pkcs11.so.1'), pinSource: pinSource(folder, PIN) }),
      enter: namespace.enter,
      env,
    };
  });
  return { ...lab, stopTpm };
}
