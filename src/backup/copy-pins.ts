import type { LoginRules } from '../../keystore/pin/pin.ts';
import { type PinOptions, type PinSource, tokenLogin } from '../../keystore/pin/source.ts';
import type { Pkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { isInWorkspace } from './tokens.ts';

/** The PIN of a token from a backup, and what holds for its logins where there is a workspace. */
export interface CopyPins extends PinOptions {
  readonly login?: LoginRules;
}

/** What a command line says of it. */
export interface CopyPinOptions extends PinOptions {
  readonly dir?: string;
  readonly tokenPinFd?: number;
  readonly tokenShareFd?: number;
}

/** In a workspace `--pin-fd` and `--share-fd` are for its own tokens, and were read. @param login of the workspace; undefined: there is none */
export function copyPins(options: CopyPinOptions, login: LoginRules | undefined): CopyPins {
  const { pinFd, shareFd, forceFinalTry } = isInWorkspace(options.dir) ? { ...options, pinFd: undefined, shareFd: undefined } : options;
  const [pin, shares] = [options.tokenPinFd ?? pinFd, options.tokenShareFd ?? shareFd];
  return {
    ...(pin === undefined ? {} : { pinFd: pin }),
    ...(shares === undefined ? {} : { shareFd: shares }),
    ...(forceFinalTry === undefined ? {} : { forceFinalTry }),
    ...(login === undefined ? {} : { login }),
  };
}

/** For openKeystore. @throws Refusal usage/pin-source, pin/unusable-source */
export function copyLogin(uri: Pkcs11Uri, pins: CopyPins): { readonly pin: PinSource; readonly login: LoginRules } {
  const { pin, login } = tokenLogin(uri, pins);
  return { pin, login: { ...pins.login, ...login } };
}
