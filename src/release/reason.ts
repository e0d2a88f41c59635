import { Refusal } from '../../signer/errors.ts';

const LEAST_CHARACTERS = 8;

/**
 * Why an exception is made: without blanks around, in the log for good.
 * @param what the act, for the message
 * @throws Refusal gate/no-reason
 */
export function checkedReason(reason: string | undefined, what: string): string {
  const text = reason?.trim() ?? '';
  if (text.length >= LEAST_CHARACTERS) return text;
  throw new Refusal(
    'gate/no-reason',
    `${what} with the reason "${text}"`,
    `say why with --reason, in ${LEAST_CHARACTERS} characters or more, so that an auditor understands it years later`,
  );
}
