import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bringUp, LIBRARIES, type ModuleLab, makeFolder, pinSource, uriOf } from '../support/lab.ts';
import { mustRun } from '../support/started.ts';

export const NSS_PACKAGES = ['libnss3', 'libnss3-tools'];

const PIN = 'nss-pin-81723';

/** The software token of Mozilla NSS: configured by the parameters of C_Initialize, and by nothing else. */
export function nss(): Promise<ModuleLab> {
  return bringUp('nss', NSS_PACKAGES, async (folder) => {
    const database = makeFolder(folder, 'database');
    const password = join(folder, 'password');
    writeFileSync(password, `${PIN}\n`, { mode: 0o600 });
    await mustRun('certutil', ['-N', '-d', `sql:${database}`, '-f', password]);
    return {
      uri: uriOf({
        token: 'NSS Certificate DB',
        modulePath: join(LIBRARIES, 'libsoftokn3.so'),
        libraryParameters: `configdir='sql:${database}' certPrefix='' keyPrefix='' secmod='secmod.db' flags=`,
        pinSource: pinSource(folder, PIN),
      }),
      enter: [],
      env: {},
    };
  });
}
