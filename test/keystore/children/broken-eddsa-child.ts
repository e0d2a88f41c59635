/** The real child process on a token that lists EdDSA and computes it wrongly. */
const send = process.send!.bind(process);
process.send = (message: { answer?: { mechanism?: string; signature?: Uint8Array } }): boolean => {
  const { answer } = message;
  if (answer?.mechanism === 'CKM_EDDSA') answer.signature![0]! ^= 1;
  return send(message);
};
await import('../../../keystore/pkcs11/child.ts');
