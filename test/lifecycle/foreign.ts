import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { modulePathOf, type Pkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { NODE } from '../support/cli.ts';

/** An object as another program leaves it on a token. */
export interface ForeignObject {
  readonly kind: 'pair' | 'data' | 'secret';
  readonly label: string;
  /** CKA_ID, hexadecimal; none if absent. */
  readonly id?: string;
  /** 8, 13 (default) or 15. */
  readonly algorithm?: number;
  /** Label of the private key where it is not that of the public one. */
  readonly privateLabel?: string;
  readonly sensitive?: boolean;
  readonly extractable?: boolean;
  /** False: the public object is destroyed again. */
  readonly publicObject?: boolean;
  readonly application?: string;
}

export interface ForeignWish {
  readonly module: string;
  readonly serial: string;
  readonly pinFile: string;
  readonly objects: readonly ForeignObject[];
}

const SCRIPT = fileURLToPath(new URL('./make-foreign.ts', import.meta.url));

/** Makes the objects on a SoftHSM token, in a process of its own. @param uri with serial, pin-source=file: and x-softhsm2-conf */
export function makeForeign(uri: Pkcs11Uri, objects: readonly ForeignObject[]): void {
  const pinFile = uri.pinSource!.replace(/^file:/, '');
  const wish: ForeignWish = { module: modulePathOf(uri), serial: uri.serial!, pinFile, objects };
  const { status, stderr } = spawnSync(NODE, [SCRIPT, JSON.stringify(wish)], {
    env: { ...process.env, SOFTHSM2_CONF: uri.softhsmConf! },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`making foreign objects: exit ${status}\n${stderr}`);
}
