import { appendFileSync, existsSync } from 'node:fs';

/**
 * The real child process, which also writes the kind of each request to the file in REQUEST_LOG, and refuses the PIN as long as the file
 * in REFUSE_PIN exists: a token whose PIN somebody has changed.
 */
const { REQUEST_LOG: log = '', REFUSE_PIN: marker = '' } = process.env;
const emit = process.emit.bind(process) as (name: string, ...values: unknown[]) => boolean;
process.emit = ((name: string, ...values: unknown[]): boolean => {
  const request = values[0] as { kind?: string } | undefined;
  if (name === 'message') appendFileSync(log, `${request?.kind}\n`);
  if (name === 'message' && request?.kind === 'login' && existsSync(marker)) {
    process.send!({ kind: 'failed', failure: { kind: 'pin', ckr: 0xa0, name: 'CKR_PIN_INCORRECT', call: 'C_Login' } });
    return true;
  }
  return emit(name, ...values);
}) as typeof process.emit;
await import('../../../keystore/pkcs11/child.ts');
