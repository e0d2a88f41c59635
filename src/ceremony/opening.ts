import type { ArtifactRef, EntryData } from '../audit/entry.ts';
import { isoText } from '../config/time-text.ts';
import type { RunnableScript } from './script/binding.ts';
import { expandHead } from './script/expand.ts';

/** `20261124T090000Z-3f2a91`: when, and the beginning of the script's sha256. */
export const ceremonyId = (now: number, sha256: string): string => `${isoText(now).replace(/[-:]/g, '')}-${sha256.slice(0, 6)}`;

export function openingEntry(id: string, script: RunnableScript, artifact: ArtifactRef, environment: string): EntryData['ceremony.opened'] {
  const { people, prepared } = script.fill;
  return { ceremony: id, script: artifact, plan: prepared.plan, title: expandHead(script).title, people, environment };
}
