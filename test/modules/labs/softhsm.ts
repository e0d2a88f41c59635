import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTestToken } from '../../support/token.ts';
import type { ModuleLab } from '../support/lab.ts';
import { mustRun } from '../support/started.ts';

/**
 * SoftHSM in a folder of its own.
 * @param hidden mechanisms that the token is to lack. SoftHSM ignores the first name of a list that begins with `-`.
 */
export async function softHsm(hidden: readonly string[] = []): Promise<ModuleLab> {
  const token = await makeTestToken('modules');
  if (hidden.length > 0) appendFileSync(token.folder.config, `slots.mechanisms = -CKM_DES_ECB,${hidden.join(',')}\n`);
  return {
    uri: token.uri,
    enter: [],
    env: { XDG_STATE_HOME: join(token.folder.dir, 'state') },
    folder: token.folder.dir,
    [Symbol.asyncDispose]: async () => token[Symbol.dispose](),
  };
}

/** What softhsm2-util makes of a private key that came from elsewhere. @param file PKCS#8 in PEM */
export async function importKey(
  lab: ModuleLab,
  key: { readonly file: string; readonly id: string; readonly label: string },
): Promise<void> {
  const pin = lab.uri.pinSource!.replace(/^file:/, '');
  // The tool takes the PIN on its command line only; the shell keeps it out of ours.
  const line = 'exec softhsm2-util --import "$1" --token "$2" --label "$3" --id "$4" --pin "$(cat "$5")"';
  await mustRun('sh', ['-c', line, 'sh', key.file, lab.uri.token!, key.label, key.id, pin], {
    env: { SOFTHSM2_CONF: lab.uri.softhsmConf! },
  });
}
