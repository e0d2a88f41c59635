/**
 * What a hostile or careless administrator does to a token: the key pair under a label is destroyed and, if asked for, another one is made in its
 * place, with the same CKA_ID and label. Run as a process of its own, with SOFTHSM2_CONF: a PKCS#11 module lives as long as its process.
 *
 * Arguments: module, file with the PIN, label, `exchange` or `destroy`
 */
import { readFileSync } from 'node:fs';
import pkcs11js from 'pkcs11js';
import { keyPairTemplates } from '../../keystore/pkcs11/templates.ts';

const [modulePath, pinFile, label, how] = process.argv.slice(2) as [string, string, string, 'exchange' | 'destroy'];
const lib = new pkcs11js.PKCS11();
lib.load(modulePath);
lib.C_Initialize();
const slot = lib.C_GetSlotList(true).find((one) => lib.C_GetTokenInfo(one).label.trim() === 'coldsign')!;
const session = lib.C_OpenSession(slot, pkcs11js.CKF_RW_SESSION | pkcs11js.CKF_SERIAL_SESSION);
lib.C_Login(session, pkcs11js.CKU_USER, readFileSync(pinFile, 'utf8').trim());

lib.C_FindObjectsInit(session, [{ type: pkcs11js.CKA_LABEL, value: label }]);
const found = lib.C_FindObjects(session, 10);
lib.C_FindObjectsFinal(session);
if (found.length !== 2) throw new Error(`${found.length} objects with the label ${label}`);
const id = lib.C_GetAttributeValue(session, found[0]!, [{ type: pkcs11js.CKA_ID }])[0]!.value;
for (const object of found) lib.C_DestroyObject(session, object);

if (how === 'exchange') {
  const { publicKey, privateKey } = keyPairTemplates('ksk', 13, 0, new Uint8Array(id as Buffer), label)[0]!;
  const native = (attributes: typeof publicKey) =>
    attributes.map(({ type, value }) => ({ type, value: value instanceof Uint8Array ? Buffer.from(value) : value }));
  lib.C_GenerateKeyPair(session, { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN }, native(publicKey), native(privateKey));
}
lib.C_Logout(session);
lib.C_Finalize();
