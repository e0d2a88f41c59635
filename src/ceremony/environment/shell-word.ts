/**
 * A word as it can be pasted into a shell: names of interfaces, of mount points and of swap files may hold whatever their makers liked, `;` and
 * `$(…)` among it.
 */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
