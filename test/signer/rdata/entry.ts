import { Fields } from '../../../signer/dns/fields.ts';
import { parseName } from '../../../signer/dns/name.ts';

/**
 * Splits one line of RDATA into fields, as a reader of zone files would: blanks, quotes, escapes, comments,
 * parentheses. A quote within a field (`alpn="h2"`) stays in the text of the field.
 */
export function entry(text: string, origin = 'example.'): Fields {
  const fields = new Fields();
  fields.bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  fields.origin = parseName(origin);
  const isBlank = (c: string): boolean => ' \t\n()'.includes(c);
  let i = 0;
  while (i < text.length) {
    if (isBlank(text[i]!)) {
      i++;
      continue;
    }
    if (text[i] === ';') {
      while (i < text.length && text[i] !== '\n') i++;
      continue;
    }
    const whole = text[i] === '"';
    const start = whole ? ++i : i;
    let inQuotes = whole;
    for (; i < text.length && (inQuotes || !isBlank(text[i]!)); i++) {
      if (text[i] === '\\') i++;
      else if (text[i] === '"') {
        inQuotes = !inQuotes;
        if (whole) break;
      } else if (text[i] === ';' && !inQuotes) break;
    }
    fields.push(start, Math.min(i, text.length), whole);
    if (whole) i++;
  }
  return fields;
}
