import { appendFileSync } from 'node:fs';

/** The real child process, which also writes the kind of each request to the file in REQUEST_LOG. */
const { REQUEST_LOG: log = '' } = process.env;
process.on('message', (request: { kind: string }) => appendFileSync(log, `${request.kind}\n`));
await import('../../../keystore/pkcs11/child.ts');
