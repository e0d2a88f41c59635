/** How far something is that lasts longer than a second. */
export interface Progress {
  /** What is being done, as a short noun phrase. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Since the beginning. */
  readonly seconds: number;
}

/**
 * One line: bar, share, rate, time left. Meaning is in words and figures, never in colour.
 * @param columns width of the terminal; words are dropped where it is narrow
 */
export function progressLine({ label, done, total, seconds }: Progress, columns: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const rate = seconds > 0 ? done / seconds : 0;
  const percent = `${Math.floor(share * 100)} %`;
  const rest = rate > 0 ? ` ${Math.round(rate).toLocaleString('en-US')}/s, ${leftText((total - done) / rate)} left` : '';
  const words = `${label} ${done.toLocaleString('en-US')}/${total.toLocaleString('en-US')} ${percent}${rest}`;
  const room = columns - words.length - 4;
  if (room >= 10) return `[${'#'.repeat(Math.round(room * share)).padEnd(room, '.')}] ${words}`;
  return words.length < columns ? words : `${label} ${percent}`.slice(0, Math.max(0, columns - 1));
}

function leftText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
