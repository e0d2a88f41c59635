/** The real child process, but one bit of every second batch of signatures is wrong: a token that lies. */
const send = process.send!.bind(process);
let batches = 0;
process.send = (message: { answer?: unknown }): boolean => {
  if (message.answer instanceof Uint8Array && batches++ % 2 === 1) message.answer[message.answer.length - 1]! ^= 1;
  return send(message);
};
await import('../../../keystore/pkcs11/child.ts');
