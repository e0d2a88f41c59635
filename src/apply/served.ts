import { ask } from '../demo/dns-client.ts';
import type { ServerConfig } from './apply-config.ts';
import type { CommandResult } from './run-command.ts';

const BETWEEN_QUESTIONS_MS = 100;
const ANSWER_WITHIN_MS = 2000;

/** Asks the server for the SOA until it has the serial: a reload may be done long after its command has ended. */
export async function untilServed(
  at: NonNullable<ServerConfig['ask']>,
  zone: string,
  serial: number,
  timeoutSeconds: number,
): Promise<CommandResult> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  let said = 'no answer';
  do {
    said = await soaSerial(at, zone);
    if (said === `serial ${serial}`) return { ok: true, text: `${at.address}@${at.port} serves serial ${serial}` };
    await new Promise((next) => setTimeout(next, BETWEEN_QUESTIONS_MS));
  } while (performance.now() < deadline);
  return { ok: false, text: `${at.address}@${at.port} does not serve serial ${serial} within ${timeoutSeconds} s: ${said}` };
}

async function soaSerial(at: NonNullable<ServerConfig['ask']>, zone: string): Promise<string> {
  try {
    const { answers, rcode } = await ask(at, zone, 'SOA', ANSWER_WITHIN_MS);
    const soa = answers.find(({ type }) => type === 'SOA');
    return soa?.type === 'SOA' ? `serial ${soa.data.serial}` : rcode;
  } catch (error) {
    // Whatever it is: the file before must be put back.
    return error instanceof Error ? error.message : String(error);
  }
}
