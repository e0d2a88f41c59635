import { Refusal } from '../../signer/errors.ts';
import { TOKEN_FLAG, userPinState } from './constants.ts';

/**
 * Design note: the protected authentication path wants C_Login with a null pointer as PIN. pkcs11js 2.1.7 takes nothing but a string there
 * and passes a pointer to it even where that is empty, so such a token cannot be logged in to.
 * @throws Refusal pin/protected-path, pin/final-try, pin/locked
 */
export function refuseByFlags(flags: number, name: string, forceFinalTry: boolean): void {
  if ((flags & TOKEN_FLAG.protectedPath) !== 0) {
    throw new Refusal(
      'pin/protected-path',
      `${name} takes its PIN on a device of its own (CKF_PROTECTED_AUTHENTICATION_PATH), and this program can only pass one on`,
      'switch the PIN pad off in the settings of the module, or use another token',
    );
  }
  const state = userPinState(flags);
  if (state === 'locked') throw new Refusal('pin/locked', `${name}: the user PIN is locked`, 'have it unblocked with the SO PIN');
  if (state !== 'final-try' || forceFinalTry) return;
  throw new Refusal(
    'pin/final-try',
    `${name}: one try is left before the user PIN is locked, and none is made without --force-final-try`,
    'make sure of the PIN, with the vendor tool or on another token of the same kind; then give --force-final-try',
  );
}

/** Of the PIN of the security officer, whom nobody unblocks. @throws Refusal pin/final-try, pin/locked */
export function refuseOfficerByFlags(flags: number, name: string): void {
  if ((flags & TOKEN_FLAG.soPinLocked) !== 0)
    throw new Refusal(
      'pin/locked',
      `${name}: the PIN of the security officer is locked`,
      'nothing unlocks it: see the manual of the token',
    );
  if ((flags & TOKEN_FLAG.soPinFinalTry) === 0) return;
  throw new Refusal(
    'pin/final-try',
    `${name}: one try is left before the PIN of the security officer is locked for good, and none is made`,
    'make sure of it, and enter it rightly with the vendor tool',
  );
}

/** @throws Refusal pin/length */
export function refuseLength(
  length: number,
  { name, min, max }: { readonly name: string; readonly min: number; readonly max: number },
): void {
  if (length >= min && (max <= 0 || length <= max)) return;
  throw new Refusal(
    'pin/length',
    `${name} takes PINs of ${min} to ${max} characters, this one has ${length}`,
    'PINs made by the program have 128 bits and more; a token that cannot take them needs the m-of-n of its vendor',
  );
}
