/**
 * Run as a process of its own: initialises the token of openCryptoki. Arguments: module, file with the user PIN.
 * Design note: the program does not do this for devices; their vendors' tools do.
 */
import { readFileSync } from 'node:fs';
import { CKF_RW_SESSION, CKF_SERIAL_SESSION, CKU_SO, CKU_USER } from '../../../keystore/pkcs11/constants.ts';
import { loadLibrary } from '../../../keystore/pkcs11/native.ts';

/** PINs of a new token, which must be changed before anything else. */
const FACTORY_SO_PIN = '87654321';
const SO_PIN = '7654321';
const FIRST_USER_PIN = '1234';

const [, , module, pinFile] = process.argv;
const pin = readFileSync(pinFile!, 'utf8');
const library = loadLibrary(module!);
const slot = library.C_GetSlotList(true)[0]!;
library.C_InitToken(slot, FACTORY_SO_PIN, 'ock'.padEnd(32));
const session = library.C_OpenSession(slot, CKF_RW_SESSION | CKF_SERIAL_SESSION);
library.C_Login(session, CKU_SO, FACTORY_SO_PIN);
library.C_SetPIN(session, FACTORY_SO_PIN, SO_PIN);
library.C_InitPIN(session, FIRST_USER_PIN);
library.C_Logout(session);
library.C_Login(session, CKU_USER, FIRST_USER_PIN);
library.C_SetPIN(session, FIRST_USER_PIN, pin);
library.C_CloseAllSessions(slot);
