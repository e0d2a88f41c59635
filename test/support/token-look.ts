import { readFileSync } from 'node:fs';
import pkcs11js from 'pkcs11js';
import { modulePathOf, parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';

export interface SeenKey {
  /** CKA_LABEL */
  readonly label: string;
  /** CKA_ID in hex. */
  readonly id: string;
}

/**
 * Private keys on a SoftHSM token as the module itself tells them, in this process and without the program.
 * @param uriText complete: token, serial, x-softhsm2-conf, pin-source with a file
 */
export function privateKeysOn(uriText: string): readonly SeenKey[] {
  const { token, softhsmConf, pinSource } = parsePkcs11Uri(uriText);
  const library = new pkcs11js.PKCS11();
  const before = process.env['SOFTHSM2_CONF'];
  process.env['SOFTHSM2_CONF'] = softhsmConf;
  library.load(modulePathOf(parsePkcs11Uri('pkcs11:')));
  try {
    library.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
    const slot = library.C_GetSlotList(true).find((one) => library.C_GetTokenInfo(one).label.trimEnd() === token);
    if (slot === undefined) throw new Error(`SoftHSM with ${softhsmConf} has no token ${token}`);
    const session = library.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION);
    library.C_Login(session, pkcs11js.CKU_USER, readFileSync(pinSource!.replace(/^file:/, ''), 'utf8').trimEnd());
    return findPrivateKeys(library, session);
  } finally {
    library.C_Finalize();
    library.close();
    if (before === undefined) delete process.env['SOFTHSM2_CONF'];
    else process.env['SOFTHSM2_CONF'] = before;
  }
}

function findPrivateKeys(library: pkcs11js.PKCS11, session: Buffer): readonly SeenKey[] {
  library.C_FindObjectsInit(session, [{ type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY }]);
  const found = library.C_FindObjects(session, 1000);
  library.C_FindObjectsFinal(session);
  return found.map((key) => {
    const [label, id] = library.C_GetAttributeValue(session, key, [{ type: pkcs11js.CKA_LABEL }, { type: pkcs11js.CKA_ID }]);
    return { label: `${label!.value}`, id: (id!.value as Buffer).toString('hex') };
  });
}
