import type { Act } from './ceremony-log.ts';
import type { Forged } from './forge.ts';

/** Another course of a ceremony. */
export type Change = (acts: Act[]) => Act[];

export const at = (acts: readonly Act[], name: string): number => {
  const index = acts.findIndex((act) => act.name === name);
  if (index < 0) throw new Error(`there is no ${name}`);
  return index;
};
export const without =
  (...names: readonly string[]): Change =>
  (acts) =>
    names.reduce((rest, name) => rest.toSpliced(at(rest, name), 1), acts);
export const says =
  (name: string, data: object): Change =>
  (acts) =>
    acts.with(at(acts, name), { ...acts[at(acts, name)]!, data: { ...acts[at(acts, name)]!.data, ...data } as Forged });
/** From the one to the other, both of them, to before a third. */
export const moved =
  (from: string, to: string, before: string): Change =>
  (acts) => {
    const part = acts.slice(at(acts, from), at(acts, to) + 1);
    const rest = acts.toSpliced(at(acts, from), part.length);
    return rest.toSpliced(at(rest, before), 0, ...part);
  };
export const all =
  (...changes: readonly Change[]): Change =>
  (acts) =>
    changes.reduce((changed, change) => change(changed), acts);
export const inserted =
  (before: string, make: (acts: Act[]) => readonly Act[]): Change =>
  (acts) =>
    acts.toSpliced(at(acts, before), 0, ...make(acts));
