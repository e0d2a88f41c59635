/**
 * Run as a process of its own, inside whatever namespace the token lives in: does with a token all that the signer does.
 * Argument: JSON of ExerciseWish. Prints JSON of ExerciseReport.
 */
import { PassThrough } from 'node:stream';
import { type Keystore, openKeystore } from '../../../keystore/keystore.ts';
import { choosePinSource } from '../../../keystore/pin/source.ts';
import { parsePkcs11Uri, printPkcs11Uri } from '../../../keystore/pkcs11/uri.ts';
import { equalBytes, toHex } from '../../../signer/dns/bytes.ts';
import { parseName } from '../../../signer/dns/name.ts';
import { Fault, Refusal } from '../../../signer/errors.ts';
import type { Packed } from '../../../signer/signing-key.ts';
import type { Io } from '../../../src/io.ts';
import { main } from '../../../src/main.ts';
import type { ExerciseReport, ExerciseWish, KeyReport } from './run.ts';

const ZONE = 'example.org.';
const wish = JSON.parse(process.argv[2]!) as ExerciseWish;
const uri = parsePkcs11Uri(wish.uri);
const open = (): Promise<Keystore> =>
  openKeystore({ uri, pin: choosePinSource(uri), verifyWorkers: 1, ...(wish.workers === undefined ? {} : { workers: wish.workers }) });

process.stdout.write(JSON.stringify(await exercise()));

async function exercise(): Promise<ExerciseReport> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await open());
  await store.complete();
  const keys: KeyReport[] = [];
  for (const { algorithm, bits } of wish.algorithms) keys.push(await exerciseKey(store, algorithm, bits));
  const stored = wish.zone === undefined ? undefined : await storeData(store);
  const { label, serial, manufacturer } = store.token;
  const processes = store.childPids.length;
  const zone = wish.zone === undefined ? undefined : await signZone(store, wish.zone);
  return {
    token: { label, serial, manufacturer },
    processes,
    keys,
    ...(stored === undefined ? {} : { stored }),
    ...(zone === undefined ? {} : { zone }),
    left: (await store.listKeys()).map((key) => key.label),
  };
}

/** generate, find, sign, list, destroy; verification is for the reader of the report. */
async function exerciseKey(store: Keystore, algorithm: number, bits: number | undefined): Promise<KeyReport> {
  let made: Awaited<ReturnType<Keystore['generate']>>;
  try {
    made = await store.generate({ zone: parseName(ZONE), role: 'ksk', algorithm, ...(bits === undefined ? {} : { bits }) });
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Fault)) throw error;
    return { kind: 'refused', algorithm, code: error.code, text: error.message };
  }
  const { id, label, dnskey, strength, attestation } = made;
  const isIt = (key: { readonly id: Uint8Array; readonly publicKey?: Uint8Array }): boolean =>
    equalBytes(key.id, id) && (key.publicKey === undefined || equalBytes(key.publicKey, dnskey.subarray(4)));
  const foundById = (await store.findKeys({ id })).filter(isIt).length;
  const foundByLabel = (await store.findKeys({ label })).filter(isIt).length;
  const key = await store.openSigningKey({ uri: { id }, expected: dnskey });
  const byLabel = await store.openSigningKey({ uri: { object: label }, expected: dnskey });
  const batch = messages(wish.messages ?? 20);
  const signatures = await key.sign(batch);
  const again = await byLabel.sign(messages(1));
  const listed = (await store.listKeys()).filter(isIt).length;
  const destruction = await store.destroyKey({ id, label, dnskey });
  const after = await store.findKeys({ id });
  return {
    kind: 'done',
    algorithm,
    dnskey: toHex(dnskey),
    strength,
    attestation,
    foundById,
    foundByLabel,
    listed,
    batch: { bytes: toHex(batch.bytes), ends: [...batch.ends] },
    signatures: toHex(signatures),
    again: toHex(again),
    outcome: destruction.outcome,
    foundAfterwards: after.length,
  };
}

function messages(count: number): Packed {
  const bytes = Uint8Array.from({ length: count * 40 }, (_, i) => (i * 7) & 255);
  return { bytes, ends: Uint32Array.from({ length: count }, (_, i) => (i + 1) * 40) };
}

/** A data object, as the head of a log is stored; beside a key, since a token without any is no token in use. */
async function storeData(store: Keystore): Promise<ExerciseReport['stored']> {
  const { id, label, dnskey } = await store.generate({
    zone: parseName('data.example.'),
    role: 'ksk',
    algorithm: wish.zone!.algorithm,
    ...(wish.zone!.bits === undefined ? {} : { bits: wish.zone!.bits }),
  });
  const value = Uint8Array.of(1, 2, 3, 250);
  const storing = await store.replaceObject('coldsign test object', value);
  const read = await store.readObjects('coldsign test object');
  await store.destroyKey({ id, label, dnskey });
  return { storing, read: read.map(toHex) };
}

async function signZone(
  store: Keystore,
  { algorithm, bits, input, output }: NonNullable<ExerciseWish['zone']>,
): Promise<NonNullable<ExerciseReport['zone']>> {
  const size = bits === undefined ? {} : { bits };
  const ksk = await store.generate({ zone: parseName(ZONE), role: 'ksk', algorithm, ...size });
  const zsk = await store.generate({ zone: parseName(ZONE), role: 'zsk', algorithm, ...size });
  let err = '';
  const stream = new PassThrough().setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const io: Io = { out: { write: (chunk) => (err += chunk) }, err: stream as unknown as NodeJS.WriteStream };
  const named = (id: Uint8Array): string => printPkcs11Uri({ ...uri, id });
  const args = ['zone', 'sign', input, '-o', ZONE, '-f', output, '--ksk', named(ksk.id), '--zsk', named(zsk.id), '--nsec3'];
  const status = await main(args, io);
  for (const { id, label, dnskey } of [ksk, zsk]) await store.destroyKey({ id, label, dnskey });
  return { status, err, ksk: toHex(ksk.dnskey) };
}
