import type { ArtifactRef } from './entry.ts';
import { entryAt, type LogContent } from './log.ts';

/** An artifact as the log speaks of it. */
export interface ArtifactUse {
  readonly sha256: string;
  /** Undefined where the log names it by its sha256 alone. */
  readonly size: number | undefined;
  /** Where it is named first. */
  readonly name: string;
  /** It is the unsigned source of a zone, and nothing else. */
  readonly isInput: boolean;
}

/**
 * Every artifact that the first `size` entries name, each once, sorted by sha256. Whatever has the members of an {@link ArtifactRef}, and no others,
 * is one, in whatever entry: a new type of entries needs nothing here.
 * @throws Refusal audit/bad-entry, audit/unknown-entry
 */
export function artifactUses(content: LogContent, size: number): readonly ArtifactUse[] {
  const uses = new Map<string, ArtifactUse>();
  for (let seq = 0; seq < size; seq++) {
    const { type, data } = entryAt(content, seq);
    const inputs = new Set<unknown>(type === 'input.accepted' ? data.files : type === 'release.intent' ? data.release.input : []);
    for (const reference of referencesIn(data)) add(uses, { ...reference, isInput: inputs.has(reference) });
    if (type === 'release.intent') add(uses, { sha256: data.release.manifest, size: undefined, name: 'MANIFEST', isInput: false });
  }
  return [...uses.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

function* referencesIn(value: unknown): Generator<ArtifactRef> {
  if (typeof value !== 'object' || value === null) return;
  if (isReference(value)) yield value;
  else for (const member of Object.values(value)) yield* referencesIn(member);
}

function isReference(value: object): value is ArtifactRef {
  return Object.keys(value).sort().join() === 'name,sha256,size';
}

function add(uses: Map<string, ArtifactUse>, use: ArtifactUse): void {
  const known = uses.get(use.sha256);
  if (known === undefined) uses.set(use.sha256, use);
  else uses.set(use.sha256, { ...known, size: known.size ?? use.size, isInput: known.isInput && use.isInput });
}
