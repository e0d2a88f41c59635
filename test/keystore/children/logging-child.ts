import { appendFileSync } from 'node:fs';

/** The real child process, which also writes the kind of each request to the file in REQUEST_LOG. */
process.on('message', (request: { kind: string }) => appendFileSync(process.env['REQUEST_LOG']!, `${request.kind}\n`));
await import('../../../keystore/pkcs11/child.ts');
