import { spanText } from '../config/span-text.ts';

/** A span and what it is made of. */
export interface Sum {
  readonly total: number;
  /** `Ipub 1h5min + publish-safety 1h = 2h5min` */
  readonly text: string;
}

export function sumOf(parts: readonly (readonly [name: string, seconds: number])[]): Sum {
  const total = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
  return { total, text: `${parts.map(([name, seconds]) => `${name} ${spanText(seconds)}`).join(' + ')} = ${spanText(total)}` };
}
