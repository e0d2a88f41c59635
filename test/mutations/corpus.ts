import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, printZone, type Rr } from '../support/soft-records.ts';
import { signZone } from '../support/soft-signer.ts';
import { type Base, makeBase, NSEC, NSEC3, NSEC3_OPT_OUT, ORIGIN, signBase, TTL } from './base-zone.ts';
import { CONTENT_MUTATIONS } from './content-mutations.ts';
import { KEY_MUTATIONS } from './key-mutations.ts';
import type { BaseName, Mutation } from './mutation.ts';
import { NSEC_MUTATIONS } from './nsec-mutations.ts';
import { NSEC3_MUTATIONS } from './nsec3-mutations.ts';
import { SIGNATURE_MUTATIONS } from './signature-mutations.ts';
import { Workbench } from './workbench.ts';

export const MUTATIONS: readonly Mutation[] = [
  ...SIGNATURE_MUTATIONS,
  ...KEY_MUTATIONS,
  ...CONTENT_MUTATIONS,
  ...NSEC_MUTATIONS,
  ...NSEC3_MUTATIONS,
];

export const BASES: readonly BaseName[] = ['nsec', 'nsec3', 'opt-out', 'zonemd'];

export interface ZoneFiles {
  readonly zone: string;
  readonly parentDs?: string;
  readonly previous?: string;
}

export function makeBaseNamed(name: BaseName, now: number): Base {
  switch (name) {
    case 'nsec':
      return makeBase(NSEC, now);
    case 'nsec3':
      return makeBase(NSEC3, now);
    case 'opt-out':
      return makeBase(NSEC3_OPT_OUT, now);
    case 'zonemd':
      return makeBase(NSEC, now, { zonemd: true });
  }
}

export function mutate(mutation: Mutation, base: Base, now: number): { readonly base: Base; readonly records: readonly Rr[] } {
  const changed = mutation.before?.(base, now) ?? base;
  const bench = new Workbench(changed, now, signZone(changed.content, changed.options));
  mutation.after?.(bench);
  return { base: changed, records: bench.records };
}

/** Writes the damaged zone, and what the verifier gets beside it. */
export async function writeMutation(mutation: Mutation, base: Base, now: number, folder: string): Promise<ZoneFiles> {
  await mkdir(folder, { recursive: true });
  const made = mutate(mutation, base, now);
  const zone = join(folder, `${mutation.name}.zone`);
  await writeFile(zone, printZone(made.records));
  const parentDs = mutation.parentDs && join(folder, `${mutation.name}.ds`);
  if (mutation.parentDs && parentDs) await writeFile(parentDs, printZone(at(ORIGIN, TTL, mutation.parentDs(made.base))));
  const previous = mutation.hasPrevious && join(folder, `${mutation.name}.previous`);
  if (previous) await writeFile(previous, printZone(signBase(base)));
  return { zone, ...(parentDs ? { parentDs } : {}), ...(previous ? { previous } : {}) };
}
