import type { Request } from '../data.ts';
import { type Line, line } from '../lines.ts';
import type { Shared } from '../models/screen.ts';

/** In the place of what is not here yet: that it is being worked out, or that it did not come and how it is asked for again. */
export function waitingFor(of: Request['of'], what: string, { missed }: Pick<Shared, 'missed'>): Line {
  return missed.has(of) ? line(`[!] ${what}: not known; r asks again`, 'warning') : line(what);
}
