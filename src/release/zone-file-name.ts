import type { LoggedRelease } from '../audit/entry.ts';
import { RELEASE_FILES } from './manifest.ts';

/** What the zone is called in the folder of a release. */
export function zoneFileName({ kind }: Pick<LoggedRelease, 'kind'>): string {
  switch (kind) {
    case undefined:
      return RELEASE_FILES.zone;
    case 'unsigned':
      return RELEASE_FILES.unsigned;
    case 'catalog':
      return RELEASE_FILES.catalog;
    default:
      return kind satisfies never;
  }
}
