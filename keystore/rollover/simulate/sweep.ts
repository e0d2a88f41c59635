import type { DataContent, DnskeyContent, DsContent, Span, Usable } from './history.ts';

/** Some content for a span of time; of versions, Usable. */
export interface Held<C> extends Span {
  readonly content: C;
}

/** What some cache may use at an instant, each content once: by a number that stands for the content, the oldest version of it. */
export type Views<C, H extends Held<C> = Usable<C>> = ReadonlyMap<number, H>;

/** Goes forward in time over usable versions. */
export interface Sweep<C, H extends Held<C> = Usable<C>> {
  /** @returns has any content become usable or stopped being so since the last call? */
  moveTo(at: number): boolean;
  views(): Views<C, H>;
}

/** @param keyOf equal for contents between which a validator sees no difference */
export function sweepOver<C, H extends Held<C>>(usable: readonly H[], keyOf: (content: C) => string): Sweep<C, H> {
  const numbers = new Map<string, number>();
  const coming = usable.map((version) => ({ content: numberOf(keyOf(version.content), numbers), version }));
  coming.sort((a, b) => a.version.from - b.version.from);
  let next = 0;
  let current: typeof coming = [];
  let views = new Map<number, H>();
  return {
    moveTo(at) {
      current = current.filter(({ version }) => at < version.to);
      for (; next < coming.length && coming[next]!.version.from <= at; next++)
        if (at < coming[next]!.version.to) current.push(coming[next]!);
      const before = views;
      views = new Map();
      for (const { content, version } of current) if (!views.has(content)) views.set(content, version);
      return before.size !== views.size || [...before.keys()].some((content) => !views.has(content));
    },
    views: () => views,
  };
}

/**
 * {t_i}, {e + Dprp + TTL} and the ends of further spans, ascending. Between two of them nothing changes: what holds at {e + Dprp + TTL - 1} holds
 * since the instant before.
 */
export function instantsOf(spans: readonly Span[]): number[] {
  const instants = new Set<number>();
  for (const { from, to } of spans) {
    if (Number.isFinite(from)) instants.add(from);
    if (Number.isFinite(to)) instants.add(to);
  }
  return [...instants].sort((a, b) => a - b);
}

export function dsKey({ keys }: DsContent): string {
  return keys
    .map(({ id, algorithm }) => `${algorithm} ${id}`)
    .sort()
    .join('\n');
}

export function dnskeyKey({ keys, signers }: DnskeyContent): string {
  const published = keys.map(({ id, algorithm, revoked }) => `${algorithm} ${revoked ? 'revoked' : 'key'} ${id}`);
  return `${published.sort().join('\n')}\n\n${[...signers].sort().join('\n')}`;
}

export function dataKey({ signers }: DataContent): string {
  return signers.length < 2 ? (signers[0] ?? '') : [...signers].sort().join('\n');
}

function numberOf(key: string, numbers: Map<string, number>): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}
