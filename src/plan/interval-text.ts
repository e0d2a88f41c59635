import type { Interval } from '../../keystore/rollover/model.ts';
import { spanText } from '../config/span-text.ts';

/** `Iret = Dsgn + Dprp + TTLsig = 7d + 1h + 1d = 8d1h (RFC 7583 3.2.1)`; a term below zero is taken off. */
export function intervalText({ name, terms, reference }: Interval): string {
  const where = reference === '' ? '' : ` (${reference})`;
  const total = terms.reduce((sum, { seconds }) => sum + seconds, 0);
  const sum = total < 0 ? `-${spanText(-total)}` : spanText(total);
  // A name may hold its formula already.
  const names = name.includes(' = ') ? name : `${name} = ${joined(terms, (term) => term.name)}`;
  return terms.length === 1
    ? `${names} = ${sum}${where}`
    : `${names} = ${joined(terms, ({ seconds }) => spanText(Math.abs(seconds)))} = ${sum}${where}`;
}

type Term = Interval['terms'][number];

function joined(terms: readonly Term[], textOf: (term: Term) => string): string {
  return terms.map((term, i) => `${i === 0 ? '' : term.seconds < 0 ? ' - ' : ' + '}${textOf(term)}`).join('');
}
