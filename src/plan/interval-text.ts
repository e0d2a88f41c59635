import type { Interval } from '../../keystore/rollover/model.ts';
import { spanText } from '../config/span-text.ts';

/** `Iret = Dsgn + Dprp + TTLsig = 7d + 1h + 1d = 8d1h (RFC 7583 3.2.1)` */
export function intervalText({ name, terms, reference }: Interval): string {
  const where = reference === '' ? '' : ` (${reference})`;
  const total = spanText(terms.reduce((sum, { seconds }) => sum + seconds, 0));
  if (terms.length === 1) return `${name} = ${terms[0]!.name} = ${total}${where}`;
  return `${name} = ${terms.map((term) => term.name).join(' + ')} = ${terms.map(({ seconds }) => spanText(seconds)).join(' + ')} = ${total}${where}`;
}
