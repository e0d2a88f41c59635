import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Answer, ReleaseView } from '../../tui/data.ts';
import { manifestLines } from '../apply/release-lines.ts';
import { uncheckedManifest } from '../apply/unchecked-manifest.ts';
import { plain } from '../audit/describe.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import type { GateResult } from '../release/gate-types.ts';
import { RELEASE_FILES } from '../release/manifest.ts';
import { releaseFolder } from '../release/release-folder.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import type { View } from './view.ts';

/**
 * A release among the last ones: its manifest, which must be the one that the log knows, and what the gate said.
 * @param serial absent, or no longer among them: the current one
 * @throws Refusal workspace/unknown-zone, release/changed, release/…
 */
export function releaseView({ state, config, paths }: View, name: string, serial: number | undefined): Answer {
  const zone = zoneOf(config, name);
  const releases = state.zones[zone.name]?.releases ?? [];
  const release = releases.find((one) => one.serial === serial) ?? releases.at(-1);
  const serials = releases.map((one) => one.serial);
  if (release === undefined) return { of: 'release', zone: name, release: { serial: 0, serials, lines: [], verdicts: [] } };
  const folder = releaseFolder(paths, parseName(zone.name), release.serial);
  const { manifest, sha256 } = uncheckedManifest(folder);
  if (sha256 !== release.manifest) {
    throw new Refusal(
      'release/changed',
      `MANIFEST in ${folder} has the sha256 ${sha256}; in the log it has ${release.manifest}`,
      'bring the release back from a backup, and find out who changed it',
    );
  }
  const gate = manifest.files.find(({ path }) => path === RELEASE_FILES.gateReport);
  return {
    of: 'release',
    zone: name,
    release: {
      serial: release.serial,
      serials,
      lines: [...manifestLines(manifest, sha256), `  folder        ${folder}`].map(plain),
      verdicts: gate === undefined ? [] : verdictsOf(join(folder, gate.path), gate.sha256),
    },
  };
}

function verdictsOf(path: string, sha256: string): ReleaseView['verdicts'] {
  const found = sha256OfFile(path);
  if (found !== sha256) {
    throw new Refusal(
      'release/changed',
      `${path} has the sha256 ${found ?? 'of no file'}; MANIFEST has ${sha256}`,
      'bring the release back from a backup, and find out who changed it',
    );
  }
  const { verdicts } = JSON.parse(readFileSync(path, 'utf8')) as Pick<GateResult, 'verdicts'>;
  return verdicts.map(({ rule, verdict, text }) => ({ rule, verdict, text: plain(text) }));
}
