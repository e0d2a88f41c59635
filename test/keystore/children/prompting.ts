import { promptSecret } from '../../../keystore/pin/prompt.ts';

/** Asks for a PIN and prints what proves that it was read, but not the PIN. */
try {
  const octets = new TextEncoder().encode(await promptSecret('PIN: '));
  process.stdout.write(`length ${octets.length} sum ${octets.reduce((a, b) => a + b, 0)}\n`);
} catch (error) {
  process.stdout.write(`${(error as { code?: string }).code}\n`);
}
