/**
 * Makes a key pair on a token behind the program's back. Run as a process of its own, with SOFTHSM2_CONF: a PKCS#11 module lives as long as its
 * process.
 *
 * Arguments: module, file with the PIN, label, and how: `safe` as the program makes it · `extractable` · `wrappable` · `p384` on another curve than the label says
 */
import { readFileSync } from 'node:fs';
import pkcs11js from 'pkcs11js';
import { keyPairTemplates } from '../../keystore/pkcs11/templates.ts';

const [modulePath, pinFile, label, how] = process.argv.slice(2) as [string, string, string, 'safe' | 'extractable' | 'wrappable' | 'p384'];
const lib = new pkcs11js.PKCS11();
lib.load(modulePath);
lib.C_Initialize();
const slot = lib.C_GetSlotList(true).find((one) => lib.C_GetTokenInfo(one).label.trim() === 'coldsign')!;
const session = lib.C_OpenSession(slot, pkcs11js.CKF_RW_SESSION | pkcs11js.CKF_SERIAL_SESSION);
lib.C_Login(session, pkcs11js.CKU_USER, readFileSync(pinFile, 'utf8').trim());

const exposed = new Map([
  [pkcs11js.CKA_EXTRACTABLE, true],
  [pkcs11js.CKA_SENSITIVE, false],
]);
const { publicKey, privateKey } = keyPairTemplates(
  'zsk',
  how === 'p384' ? 14 : 13,
  0,
  new Uint8Array(16).fill(7),
  label,
  how === 'wrappable',
)[0]!;
const native = (attributes: typeof publicKey) =>
  attributes.map(({ type, value }) => {
    const asked = how === 'extractable' ? (exposed.get(type) ?? value) : value;
    return { type, value: asked instanceof Uint8Array ? Buffer.from(asked) : asked };
  });
lib.C_GenerateKeyPair(session, { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN }, native(publicKey), native(privateKey));
lib.C_Logout(session);
lib.C_Finalize();
