import { Refusal } from '../../signer/errors.ts';

const LEAST_CHARACTERS = 8;
/** An entry of the log takes them, however they are written there. */
const MOST_CHARACTERS = 1000;

/**
 * Why an exception is made: without blanks around, in the log for good.
 * @param what the act, for the message
 * @throws Refusal gate/no-reason, gate/long-reason
 */
export function checkedReason(reason: string | undefined, what: string): string {
  const text = reason?.trim() ?? '';
  if (text.length > MOST_CHARACTERS) {
    throw new Refusal(
      'gate/long-reason',
      `${what} with a reason of ${text.length} characters; ${MOST_CHARACTERS} are the most`,
      'say it in short with --reason, and where the whole story is',
    );
  }
  if (text.length >= LEAST_CHARACTERS) return text;
  throw new Refusal(
    'gate/no-reason',
    `${what} with the reason "${text}"`,
    `say why with --reason, in ${LEAST_CHARACTERS} characters or more, so that an auditor understands it years later`,
  );
}
