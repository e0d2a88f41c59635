/**
 * The floor: how long the token itself takes. Child processes do nothing but C_SignInit and C_Sign with a P-256 key, session copy,
 * synchronous calls. Run as: raw-sign.ts MODULE TOKEN-LABEL PIN-FILE SIGNATURES PROCESSES
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import pkcs11js from 'pkcs11js';

const KEY_LABEL = 'bench raw';
const P256_OID = Buffer.from('06082a8648ce3d030107', 'hex');
const DIGEST_OCTETS = 32;
const SIGNATURE_OCTETS = 64;

const [module = '', label = '', pinFile = '', total = '0', processes = '1', part] = process.argv.slice(2);
if (part === undefined) await parent(Number(total), Number(processes));
else signPart(Number(part));

/** Children open the token one after the other: SoftHSM processes that log in at the same moment can fail. */
async function parent(count: number, workers: number): Promise<void> {
  const children: ChildProcess[] = [];
  const ends: Promise<number | null>[] = [];
  for (let i = 0; i < workers; i++) {
    const share = Math.floor(count / workers) + (i < count % workers ? 1 : 0);
    const child = fork(import.meta.filename, [...process.argv.slice(2, 7), String(share)]);
    ends.push(new Promise((resolve) => child.once('exit', resolve)));
    await Promise.race([new Promise((resolve) => child.once('message', resolve)), ends[i]]);
    children.push(child);
  }
  for (const child of children) if (child.connected) child.send('sign');
  const failures = (await Promise.all(ends)).filter((status) => status !== 0);
  if (failures.length > 0) throw new Error(`${failures.length} of ${workers} processes failed`);
}

function signPart(count: number): void {
  const library = new pkcs11js.PKCS11();
  library.load(module);
  library.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
  const slot = library.C_GetSlotList(true).find((candidate) => library.C_GetTokenInfo(candidate).label.trimEnd() === label);
  if (slot === undefined) throw new Error(`no token ${label}`);
  const session = library.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  library.C_Login(session, pkcs11js.CKU_USER, readFileSync(pinFile, 'utf8').trim());
  const key = library.C_CopyObject(session, findKey(library, session) ?? generateKey(library, session), [
    { type: pkcs11js.CKA_TOKEN, value: false },
  ]);
  process.once('message', () => {
    const digest = Buffer.alloc(DIGEST_OCTETS, 1);
    const signature = Buffer.alloc(SIGNATURE_OCTETS);
    for (let i = 0; i < count; i++) {
      digest.writeUInt32BE(i);
      library.C_SignInit(session, { mechanism: pkcs11js.CKM_ECDSA }, key);
      if (library.C_Sign(session, digest, signature).length !== SIGNATURE_OCTETS) throw new Error('a signature has a wrong length');
    }
    library.C_Finalize();
    process.disconnect?.();
  });
  process.send?.('ready');
}

function findKey(library: pkcs11js.PKCS11, session: Buffer): Buffer | undefined {
  library.C_FindObjectsInit(session, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
    { type: pkcs11js.CKA_LABEL, value: KEY_LABEL },
  ]);
  const [key] = library.C_FindObjects(session, 1);
  library.C_FindObjectsFinal(session);
  return key;
}

function generateKey(library: pkcs11js.PKCS11, session: Buffer): Buffer {
  return library.C_GenerateKeyPair(
    session,
    { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN },
    [
      { type: pkcs11js.CKA_TOKEN, value: true },
      { type: pkcs11js.CKA_VERIFY, value: true },
      { type: pkcs11js.CKA_EC_PARAMS, value: P256_OID },
    ],
    [
      { type: pkcs11js.CKA_TOKEN, value: true },
      { type: pkcs11js.CKA_PRIVATE, value: true },
      { type: pkcs11js.CKA_SENSITIVE, value: true },
      { type: pkcs11js.CKA_EXTRACTABLE, value: false },
      { type: pkcs11js.CKA_SIGN, value: true },
      { type: pkcs11js.CKA_LABEL, value: KEY_LABEL },
    ],
  ).privateKey;
}
