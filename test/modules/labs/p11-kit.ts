import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modulePathOf } from '../../../keystore/pkcs11/uri.ts';
import { makeTestToken } from '../../support/token.ts';
import { bringUp, LIBRARIES, type ModuleLab } from '../support/lab.ts';
import { Started } from '../support/started.ts';

export const P11_KIT_PACKAGES = ['p11-kit', 'p11-kit-modules'];

export interface RemoteLab extends ModuleLab {
  /** Ends the server, or starts it again. */
  readonly server: { stop(): Promise<void>; start(): Promise<void> };
}

/** A SoftHSM token behind the server of p11-kit: another process owns the token, and calls go through a socket. */
export async function p11KitRemote(): Promise<RemoteLab> {
  const services: { server?: Started } = {};
  let start = async (): Promise<void> => {};
  const lab = await bringUp('p11', P11_KIT_PACKAGES, async (folder, stack) => {
    const token = await makeTestToken('remote');
    stack.defer(() => token[Symbol.dispose]());
    const socket = join(folder, 'socket');
    const backend = modulePathOf(token.uri);
    start = async () => {
      const server = new Started(
        '/usr/libexec/p11-kit/p11-kit-server',
        ['-f', '-n', socket, '--provider', backend, 'pkcs11:token=remote'],
        {
          env: { SOFTHSM2_CONF: token.folder.config },
        },
      );
      services.server = server;
      await server.until('its socket is there', () => existsSync(socket));
    };
    stack.defer(async () => services.server?.stop());
    await start();
    const { softhsmConf: _conf, ...uri } = token.uri;
    return {
      uri: { ...uri, modulePath: join(LIBRARIES, 'pkcs11/p11-kit-client.so') },
      enter: [],
      env: { P11_KIT_SERVER_ADDRESS: `unix:path=${socket}` },
    };
  });
  return { ...lab, server: { start, stop: async () => services.server?.stop() } };
}
