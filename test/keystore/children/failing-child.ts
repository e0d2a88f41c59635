import { existsSync, rmSync } from 'node:fs';

/**
 * The real child process, which answers one sign request with a failure and drops its session, as a token does that lost power:
 * as long as the file in FAIL_ONCE exists, which it then removes.
 */
const { FAIL_ONCE: marker = '' } = process.env;
const emit = process.emit.bind(process) as (name: string, ...values: unknown[]) => boolean;
process.emit = ((name: string, ...values: unknown[]): boolean => {
  const request = values[0] as { kind?: string } | undefined;
  if (name === 'message' && request?.kind === 'sign' && existsSync(marker)) {
    rmSync(marker);
    process.send!({ kind: 'failed', failure: { kind: 'session', ckr: 0xb3, name: 'CKR_SESSION_HANDLE_INVALID', call: 'C_SignInit' } });
    return true;
  }
  return emit(name, ...values);
}) as typeof process.emit;
await import('../../../keystore/pkcs11/child.ts');
