import { Refusal } from '../signer/errors.ts';
import { type PinOffer, pinContext } from './pin/offer.ts';
import type { PinGiver } from './pin/pin-holder.ts';
import { KeystoreProcess } from './pkcs11/keystore-process.ts';
import type { TokenSummary } from './pkcs11/protocol.ts';
import { explainFailure } from './pkcs11/token-refusal.ts';
import { modulePathOf, moduleSettings, type Pkcs11Uri } from './pkcs11/uri.ts';

/** Loading a module for a network device can take long. */
const ADMINISTRATION_MS = 60_000;

/** Every slot with a token that the module shows; no login. @throws Refusal token/no-module, Fault token/… */
export async function listTokens(uri: Pkcs11Uri): Promise<readonly TokenSummary[]> {
  return administer(uri, (process, module) => process.ask('list-tokens', { module }, ADMINISTRATION_MS));
}

export interface NewToken {
  /** At most 32 octets. */
  readonly label: string;
  readonly soPin: Exclude<PinOffer, { readonly kind: 'sealed' }>;
  readonly userPin: PinGiver;
}

/** Initialises a free slot. Only SoftHSM: devices are initialised with the vendor's tool. @throws Refusal, Fault */
export async function initSoftToken(uri: Pkcs11Uri, { label, soPin, userPin }: NewToken): Promise<TokenSummary> {
  return administer(uri, async (process, module) => {
    const offer = await userPin(pinContext(label), () => process.ask('pin-key', {}, ADMINISTRATION_MS));
    const answer = await process.ask('init-token', { module, label, soPin, userPin: offer }, ADMINISTRATION_MS);
    if (answer.kind === 'initialized') return answer.token;
    throw new Refusal(answer.code, answer.message, answer.hint);
  });
}

async function administer<T>(uri: Pkcs11Uri, action: (process: KeystoreProcess, module: string) => Promise<T>): Promise<T> {
  const module = modulePathOf(uri);
  using process = new KeystoreProcess(moduleSettings(uri));
  try {
    return await action(process, module);
  } catch (error) {
    throw explainFailure(error, `module ${module}`);
  }
}
