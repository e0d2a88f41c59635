import { join } from 'node:path';
import type { WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedRelease } from '../audit/entry.ts';
import { type PreviousZone, readPreviousZone } from '../sign/inputs.ts';
import { zoneFolder } from '../workspace/paths.ts';
import type { Session } from '../workspace/session.ts';
import { sha256OfFile } from './file-hash.ts';
import { zoneFileName } from './zone-file-name.ts';

export interface CurrentZone extends PreviousZone {
  readonly release: LoggedRelease;
}

/**
 * The zone of the last release, as the log knows it: its signatures, where it has any, may be kept, its serial must be passed.
 * @returns undefined if nothing was released yet
 * @throws Refusal release/changed, zone/previous
 */
export function currentZone(session: Session, apex: WireName, zone: string): CurrentZone | undefined {
  const release = session.state.zones[zone]?.releases.at(-1);
  if (release === undefined) return undefined;
  const file = join(session.paths.releases, zoneFolder(apex), `${release.serial}`, zoneFileName(release));
  const found = sha256OfFile(file);
  if (found === release.signed) return { ...readPreviousZone(file, apex), release };
  throw new Refusal(
    'release/changed',
    `${file} has the sha256 ${found ?? 'of a file that is not there'}, the log says ${release.signed}`,
    'bring the release back from a copy: what is served now cannot be continued without it',
  );
}
