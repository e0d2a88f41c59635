import type { Interval } from '../../keystore/rollover/model.ts';
import { spanText } from '../config/span-text.ts';

/**
 * `Iret = Dsgn + Dprp + TTLsig = 7d + 1h + 1d = 8d1h (RFC 7583 3.2.1)`; a term below zero is taken off. A time that has its formula as its name:
 * `Tpub(N+1) = Tact(N) + Lzsk - Ipub = Tact(N) + 30d Lzsk - 1h Dprp - 1h TTLkey = Tact(N) + 29d22h (RFC 7583 3.2.1)`.
 */
export function intervalText({ name, terms, reference }: Interval): string {
  const where = reference === '' ? '' : ` (${reference})`;
  const total = terms.reduce((sum, { seconds }) => sum + seconds, 0);
  const sum = total < 0 ? `-${spanText(-total)}` : spanText(total);
  if (name.includes(' = ')) {
    const each = joined(terms, (term) => `${spanText(Math.abs(term.seconds))} ${term.name}`);
    return `${name} = Tact(N) + ${each}${terms.length === 1 ? '' : ` = Tact(N) + ${sum}`}${where}`;
  }
  const names = `${name} = ${joined(terms, (term) => term.name)}`;
  return terms.length === 1
    ? `${names} = ${sum}${where}`
    : `${names} = ${joined(terms, ({ seconds }) => spanText(Math.abs(seconds)))} = ${sum}${where}`;
}

type Term = Interval['terms'][number];

function joined(terms: readonly Term[], textOf: (term: Term) => string): string {
  return terms.map((term, i) => `${i === 0 ? '' : term.seconds < 0 ? ' - ' : ' + '}${textOf(term)}`).join('');
}
