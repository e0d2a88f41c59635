import { hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { fromHex } from '../../signer/dns/bytes.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Keystore } from '../keystore.ts';
import { pinContext } from '../pin/offer.ts';
import type { PinGiver } from '../pin/pin-holder.ts';
import { userRefusedPins } from '../pin/refused-pins.ts';
import { KeystoreProcess } from '../pkcs11/keystore-process.ts';
import { explainFailure, tokenName } from '../pkcs11/token-refusal.ts';
import { modulePathOf, moduleSettings, type Pkcs11Uri } from '../pkcs11/uri.ts';
import type { Kek, WrapOutcome } from '../pkcs11/wrapping.ts';
import { backedKeyName } from './challenge.ts';
import type { BackedKey } from './header.ts';

/** A wrapped key in the content of a backup; which one, the header says. */
export interface WrappedKey {
  readonly id: string;
  readonly form: 'rfc5649' | 'rfc3394';
  /** Base64. */
  readonly wrapped: string;
}

/** The key-encryption key of a backup, made from the key of the backup: 32 octets. */
export function kekOf(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), 'coldsign backup 1 kek', 32));
}

/**
 * Wraps the keys on their token. All of them, or none.
 * @param soPin of the security officer: then the key-encryption key is a trusted one, as keys ask for that are made with `--wrappable`
 * @throws Refusal backup/not-wrappable, token/…, pin/…; Fault token/…
 */
export async function wrapKeys(
  keystore: Keystore,
  keys: readonly BackedKey[],
  value: Uint8Array,
  soPin?: PinGiver,
): Promise<readonly WrappedKey[]> {
  const references = keys.map(({ id, label }) => ({ id: fromHex(id) ?? new Uint8Array(), label }));
  const wrap = async (kek: Kek): Promise<readonly WrapOutcome[]> => keystore.wrapKeys({ kek, keys: references });
  const outcomes =
    soPin === undefined
      ? await wrap({ kind: 'value', value })
      : await withTrustedKek(keystore.uri, value, soPin, (label) => wrap({ kind: 'trusted', label }));
  const wrapped: WrappedKey[] = [];
  const flaws: string[] = [];
  for (const [i, outcome] of outcomes.entries()) {
    const { id } = keys[i]!;
    if (outcome.kind === 'wrapped') wrapped.push({ id, form: outcome.form, wrapped: Buffer.from(outcome.wrapped).toString('base64') });
    else flaws.push(`${backedKeyName(keys[i]!)}: ${describe(outcome)}`);
  }
  if (flaws.length === 0) return wrapped;
  const isTrust = outcomes.some(({ kind }) => kind === 'needs-trusted');
  throw new Refusal(
    'backup/not-wrappable',
    `${flaws.length} of ${keys.length} keys on ${tokenName(keystore.token)} cannot be wrapped; ${flaws.slice(0, 5).join('; ')}`,
    isTrust
      ? 'give the PIN of the security officer with --so-pin-fd, who makes the trusted key for it'
      : 'save them with --method archive (SoftHSM) or by the procedure of the vendor (--vendor), or name the other zones with --zone',
  );
}

/**
 * The keys that a backup lists, each with its wrapped form: the same order, for a CKA_ID may be that of two keys.
 * @throws Refusal backup/bad-archive
 */
export function pairWrapped(
  keys: readonly BackedKey[],
  wrapped: readonly WrappedKey[],
): readonly { readonly key: BackedKey; readonly form: WrappedKey }[] {
  const pairs = keys.map((key, i) => ({ key, form: wrapped[i] }));
  const lacking = pairs.find(({ key, form }) => form?.id !== key.id || key.role === undefined);
  if (lacking !== undefined)
    throw new Refusal(
      'backup/bad-archive',
      `the backup lists the key ${lacking.key.id} and does not hold it`,
      'use another backup of the token',
    );
  return pairs as readonly { readonly key: BackedKey; readonly form: WrappedKey }[];
}

/** Unwraps a key on another token, not in place of one that is there. @throws Refusal token/refused, token/unsupported; Fault token/… */
export async function unwrapKey(keystore: Keystore, key: BackedKey, { form, wrapped }: WrappedKey, kek: Uint8Array): Promise<void> {
  const { id, label, algorithm, publicKey, role } = key;
  await keystore.unwrapKey({
    id: fromHex(id) ?? new Uint8Array(),
    label,
    kek,
    form,
    wrapped: Buffer.from(wrapped, 'base64'),
    role: role!,
    algorithm,
    publicKey: Buffer.from(publicKey, 'base64'),
  });
}

export function printWrapped(keys: readonly WrappedKey[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(keys));
}

/** @throws Refusal backup/bad-archive */
export function parseWrapped(payload: Uint8Array): readonly WrappedKey[] {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch (cause) {
    throw new Refusal('backup/bad-archive', 'the content of the backup is no list of wrapped keys', 'use another backup', { cause });
  }
}

const schema = z.array(
  z.strictObject({ id: z.string().regex(/^[0-9a-f]*$/), form: z.enum(['rfc5649', 'rfc3394']), wrapped: z.base64().max(32_768) }),
);

function describe(outcome: Exclude<WrapOutcome, { kind: 'wrapped' }>): string {
  switch (outcome.kind) {
    case 'absent':
      return 'it is not there any more';
    case 'not-extractable':
      return 'it was made so that it never leaves the token';
    case 'needs-trusted':
      return 'it is wrapped with a trusted key alone';
    case 'refused':
      return `the token refuses (${outcome.name})`;
    default:
      return outcome satisfies never;
  }
}

const ADMINISTRATION_MS = 60_000;

/** The trusted key is on the token only while `use` runs. A process of its own: one process has one login on a token. */
async function withTrustedKek<T>(uri: Pkcs11Uri, value: Uint8Array, giveSoPin: PinGiver, use: (label: string) => Promise<T>): Promise<T> {
  const module = modulePathOf(uri);
  const label = `coldsign kek ${randomBytes(8).toString('hex')}`;
  const match = {
    ...(uri.token === undefined ? {} : { token: uri.token }),
    ...(uri.serial === undefined ? {} : { serial: uri.serial }),
  };
  const refusedPins = [userRefusedPins(process.env)];
  using officer = new KeystoreProcess(moduleSettings(uri));
  const ask = async (more: { readonly value?: Uint8Array }): Promise<void> => {
    try {
      const soPin = await giveSoPin(pinContext(uri.token ?? '', uri.serial), () => officer.ask('pin-key', {}, ADMINISTRATION_MS));
      const answer = await officer.ask('serve-kek', { module, match, soPin, refusedPins, label, ...more }, ADMINISTRATION_MS);
      if (answer.kind === 'refused') throw new Refusal(answer.code, answer.message, answer.hint);
    } catch (error) {
      throw explainFailure(error, `token ${uri.token ?? uri.serial ?? ''}, security officer`);
    }
  };
  await ask({ value });
  try {
    return await use(label);
  } finally {
    await ask({});
  }
}
