/**
 * MANIFEST of a release: a signed note. Its text says what the release is; each file with sha256 and size. Nothing in the folder but
 * MANIFEST itself is outside of it.
 *
 *   coldsign-release/1
 *   kind zone
 *   zone example.org.
 *   serial 2026112401
 *   created 2026-11-24T09:00:00Z
 *   mode production
 *   log 4711                                       log size when it was made
 *   valid-from 2026-11-24T08:00:00Z                latest inception: from then on all signatures are valid
 *   valid-until 2026-12-06T01:02:03Z               earliest expiration
 *   previous 2026112400 <sha256 of its MANIFEST>   or: previous none
 *   preservation <sha256>
 *   key <tag> <algorithm> <flags>                  one line per DNSKEY
 *   judge <name> <version> <verdict>               one line per judge, `coldsign-verifier` first
 *   override <rule>                                one line per rule that was overridden
 *   file <sha256> <size> <path>                    sorted by path
 *
 * One blank between fields, paths of [A-Za-z0-9._-] only.
 */
export interface Manifest {
  readonly kind: 'zone' | 'catalog';
  readonly zone: string;
  readonly serial: number;
  readonly created: string;
  readonly mode: 'production' | 'practice';
  readonly log: number;
  readonly validFrom: string | undefined;
  readonly validUntil: string | undefined;
  readonly previous: { readonly serial: number; readonly sha256: string } | undefined;
  readonly preservation: string | undefined;
  readonly keys: readonly { readonly tag: number; readonly algorithm: number; readonly flags: number }[];
  readonly judges: readonly { readonly name: string; readonly version: string; readonly verdict: string }[];
  readonly overrides: readonly string[];
  readonly files: readonly ManifestFile[];
}

export interface ManifestFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/** Files of a release. */
export const RELEASE_FILES = {
  manifest: 'MANIFEST',
  zone: 'zone.signed',
  dsset: 'dsset',
  cds: 'cds',
  zonemd: 'zonemd',
  signReport: 'sign-report.json',
  verifyReport: 'verify-report.json',
  gateReport: 'gate-report.json',
} as const;
