/**
 * Run as a process of its own: makes objects on a token as other programs do, with whatever names and attributes they give.
 * Argument: JSON of ForeignWish. Prints nothing.
 */
import { readFileSync } from 'node:fs';
import { CKA, CKF_RW_SESSION, CKF_SERIAL_SESSION, CKM, CKO, CKU_USER, CURVE_OID_HEX } from '../../keystore/pkcs11/constants.ts';
import { type Attribute, checkTemplate, loadLibrary, mechanism } from '../../keystore/pkcs11/native.ts';
import { plainLabel } from '../../keystore/pkcs11/uri.ts';
import type { ForeignObject, ForeignWish } from './foreign.ts';

const CKK_GENERIC_SECRET = 0x10;
const wish = JSON.parse(process.argv[2]!) as ForeignWish;
const library = loadLibrary(wish.module);
const slot = library.C_GetSlotList(true).find((one) => plainLabel(library.C_GetTokenInfo(one).serialNumber) === wish.serial)!;
const session = library.C_OpenSession(slot, CKF_RW_SESSION | CKF_SERIAL_SESSION);
library.C_Login(session, CKU_USER, readFileSync(wish.pinFile, 'utf8').trim());
for (const object of wish.objects) make(object);
library.C_CloseSession(session);

function make(object: ForeignObject): void {
  const { label, id, privateLabel = label } = object;
  const name = (text: string): Attribute[] => [
    { type: CKA.token, value: true },
    { type: CKA.label, value: Buffer.from(text) },
    ...(id === undefined ? [] : [{ type: CKA.id, value: Buffer.from(id, 'hex') }]),
  ];
  if (object.kind === 'data') {
    const value: Attribute[] = [
      { type: CKA.class, value: CKO.data },
      { type: CKA.token, value: true },
      { type: CKA.private, value: true },
      { type: CKA.label, value: Buffer.from(label) },
      { type: CKA.application, value: Buffer.from(object.application ?? '') },
      { type: CKA.value, value: Buffer.from('a value') },
    ];
    library.C_CreateObject(session, checkTemplate(value));
    return;
  }
  if (object.kind === 'secret') {
    const value: Attribute[] = [
      { type: CKA.class, value: 4 },
      { type: CKA.keyType, value: CKK_GENERIC_SECRET },
      { type: CKA.value, value: Buffer.alloc(16, 7) },
      ...name(label),
    ];
    library.C_CreateObject(session, checkTemplate(value));
    return;
  }
  const isRsa = object.algorithm === 8;
  const isEdwards = object.algorithm === 15;
  const shape: Attribute[] = isRsa
    ? [
        { type: CKA.modulusBits, value: 2048 },
        { type: CKA.publicExponent, value: Buffer.of(1, 0, 1) },
      ]
    : [{ type: CKA.ecParams, value: Buffer.from(CURVE_OID_HEX[isEdwards ? 'Ed25519' : 'P-256'], 'hex') }];
  const publicTemplate: Attribute[] = [...name(label), ...shape, { type: CKA.verify, value: true }];
  const privateTemplate: Attribute[] = [
    ...name(privateLabel),
    { type: CKA.private, value: true },
    { type: CKA.sign, value: true },
    { type: CKA.sensitive, value: object.sensitive ?? true },
    { type: CKA.extractable, value: object.extractable ?? false },
  ];
  const how = isRsa ? CKM.CKM_RSA_PKCS_KEY_PAIR_GEN : isEdwards ? CKM.CKM_EC_EDWARDS_KEY_PAIR_GEN : CKM.CKM_EC_KEY_PAIR_GEN;
  const pair = library.C_GenerateKeyPair(session, mechanism(how), checkTemplate(publicTemplate), checkTemplate(privateTemplate));
  if (object.publicObject === false) library.C_DestroyObject(session, pair.publicKey);
}
