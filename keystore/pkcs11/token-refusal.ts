import { Fault, Refusal } from '../../signer/errors.ts';
import { CKR_PIN_INCORRECT, describeFailure } from './ckr.ts';
import { RequestFailed } from './keystore-process.ts';
import type { TokenMatch, TokenSummary } from './protocol.ts';

/** What the operator is told about a failed request; errors of other kinds pass unchanged. */
export function explainFailure(error: unknown, token: string): unknown {
  if (!(error instanceof RequestFailed)) return error;
  const { failure } = error;
  const told = `${token}: ${describeFailure(failure)}`;
  const options = { cause: error };
  switch (failure.kind) {
    case 'pin':
      if (failure.ckr !== CKR_PIN_INCORRECT) {
        return new Refusal(
          'pin/unacceptable',
          told,
          'the token accepts other PINs: see its manual for length and characters, or have the PIN set anew',
          options,
        );
      }
      return new Refusal(
        'pin/incorrect',
        told,
        'check the PIN; it was tried once and is not tried again, since wrong PINs lock a token',
        options,
      );
    case 'pin-locked':
      return new Refusal('pin/locked', told, 'have the PIN unblocked with the SO PIN, or entered correctly with the vendor tool', options);
    case 'key-missing':
      return new Refusal('key/not-found', told, 'list the keys with: coldsign key list --token URI', options);
    case 'unsupported':
      return new Refusal('token/unsupported', told, 'use another algorithm or token; coldsign token list shows the mechanisms', options);
    case 'policy':
      return new Refusal('token/refused', told, 'the token does not allow this; see its manual or its access policy', options);
    case 'device':
      return new Fault('token/device', told, 'check that the token is connected and its service runs, then run the command again', options);
    case 'session':
      return new Fault(
        'token/session',
        told,
        'the token kept dropping the session; close other programs that use it and run the command again',
        options,
      );
    case 'fatal':
      return new Fault('token/failed', told, 'the module misbehaved; report it with the module and firmware version', options);
    default:
      return failure.kind satisfies never;
  }
}

export function refuseNoMatch(match: TokenMatch, kind: 'no-match' | 'many-matches', candidates: readonly TokenSummary[]): Refusal {
  const wanted = Object.entries(match)
    .map(([name, value]) => `${name}=${value}`)
    .join(';');
  const list = candidates.map((t) => `token=${t.label};serial=${t.serial}`).join(', ') || 'none';
  if (kind === 'no-match') {
    return new Refusal(
      'token/not-found',
      `no token matches "${wanted}"; present: ${list}`,
      'correct the URI, connect the token, or check x-softhsm2-conf',
    );
  }
  return new Refusal('token/ambiguous', `${candidates.length} tokens match "${wanted}": ${list}`, 'add serial= to the URI');
}

/** `token coldsign (serial 0123)`. */
export function tokenName(token: TokenSummary): string {
  return `token ${token.label} (serial ${token.serial})`;
}
