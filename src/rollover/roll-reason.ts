import { Refusal } from '../../signer/errors.ts';
import { checkedReason } from '../release/reason.ts';

/** Octets that the reason of a rollover takes in the log, where what is not ASCII takes 6 for each UTF-16 unit; entries have it beside all keys. */
const MOST_OCTETS = 1500;

/**
 * As checkedReason(), of a rollover.
 * @throws Refusal gate/no-reason, gate/long-reason
 */
export function rollReason(reason: string | undefined, what: string): string {
  const text = checkedReason(reason, what);
  const octets = [...text].reduce((sum, sign) => sum + (/^[ !#-[\]-~]$/.test(sign) ? 1 : /^["\\]$/.test(sign) ? 2 : 6 * sign.length), 0);
  if (octets <= MOST_OCTETS) return text;
  throw new Refusal(
    'gate/long-reason',
    `${what} with a reason of ${text.length} characters, which are ${octets} octets in the log; ${MOST_OCTETS} are the most of a rollover`,
    'say it in short with --reason, and where the whole story is',
  );
}
