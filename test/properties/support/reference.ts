/** What the RFCs say of names and chains, once more: on arrays of labels, for small zones, sharing nothing with the product. */

export type Labels = readonly (readonly number[])[];

/** Wire name to labels in lower case, the leftmost first, without the root. */
export function labelsOf(wire: Uint8Array): Labels {
  const labels: number[][] = [];
  for (let i = 0; wire[i] !== 0; i += wire[i]! + 1)
    labels.push(Array.from(wire.subarray(i + 1, i + 1 + wire[i]!), (octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet)));
  return labels;
}

/** RFC 4034 6.1. */
export function compareLabels(a: Labels, b: Labels): number {
  const x = a.toReversed();
  const y = b.toReversed();
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    if (x[i] === undefined) return -1;
    if (y[i] === undefined) return 1;
    const order = compareOctets(x[i]!, y[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareOctets(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] === undefined) return -1;
    if (b[i] === undefined) return 1;
    if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  }
  return 0;
}

export const keyOf = (labels: Labels): string => labels.map((label) => label.join(',')).join('.');

export interface ReferenceName {
  readonly labels: Labels;
  readonly types: ReadonlySet<number>;
}

const NS = 2;
const DNAME = 39;
const DS = 43;

/** RFC 4035 2.2, 2.3, RFC 6672 2.4: names that are neither below a cut nor below a DNAME, with the types the zone answers for. */
export function authoritativeNames(names: readonly ReferenceName[], apex: Labels): readonly ReferenceName[] {
  const has = (name: ReferenceName, type: number): boolean => name.types.has(type);
  const isApex = (name: ReferenceName): boolean => name.labels.length === apex.length;
  const tops = names.filter((name) => (has(name, NS) && !isApex(name)) || has(name, DNAME));
  const isBelow = (name: Labels, top: Labels): boolean =>
    name.length > top.length && keyOf(name.slice(name.length - top.length)) === keyOf(top);
  return names
    .filter((name) => !tops.some((top) => isBelow(name.labels, top.labels)))
    .map((name) => {
      const cut = has(name, NS) && !isApex(name);
      return cut ? { labels: name.labels, types: new Set([...name.types].filter((type) => type === NS || type === DS)) } : name;
    })
    .toSorted((a, b) => compareLabels(a.labels, b.labels));
}

/** RFC 5155 7.1: the names that have an NSEC3, by key; empty non-terminals have no types. */
export function hashedNames(names: readonly ReferenceName[], apex: Labels, optOut: boolean): ReadonlyMap<string, ReferenceName> {
  const out = new Map<string, ReferenceName>();
  for (const name of authoritativeNames(names, apex)) {
    const insecure = name.labels.length > apex.length && name.types.has(NS) && !name.types.has(DS);
    if (!(insecure && optOut)) out.set(keyOf(name.labels), name);
  }
  for (const { labels } of [...out.values()]) {
    for (let up = labels.slice(1); up.length > apex.length; up = up.slice(1))
      if (!out.has(keyOf(up))) out.set(keyOf(up), { labels: up, types: new Set() });
  }
  return out;
}
