// MANIFEST of a release.
import { type JsonObject, number, text } from './entries.ts';
import { show } from './octets.ts';
import type { LastGate } from './story.ts';

export interface ReleaseManifest {
  readonly kind: string;
  readonly zone: string;
  readonly serial: string;
  readonly mode: string;
  readonly log: string;
  readonly validFrom: string;
  readonly validUntil: string;
  /** `none`, or serial and sha256. */
  readonly previous: string;
  readonly overrides: readonly string[];
  /** Path → sha256. */
  readonly files: ReadonlyMap<string, string>;
}

/** Lines of the text of a MANIFEST, in their order; `*` is any number. */
const MANIFEST_LINES: readonly (readonly [pattern: RegExp, times: '1' | '*'])[] = [
  [/^(coldsign-release\/1)$/, '1'],
  [/^kind (zone|unsigned|catalog)$/, '1'],
  [/^zone ([!-~]+)$/, '1'],
  [/^serial ([0-9]{1,10})$/, '1'],
  [/^created ([0-9TZ:-]+)$/, '1'],
  [/^mode (production|practice)$/, '1'],
  [/^log ([0-9]{1,15})$/, '1'],
  [/^valid-from (none|[0-9TZ:-]+)$/, '1'],
  [/^valid-until (none|[0-9TZ:-]+)$/, '1'],
  [/^previous (none|[0-9]{1,10} [0-9a-f]{64})$/, '1'],
  [/^preservation (none|[0-9a-f]{64})$/, '1'],
  [/^key ([0-9]+ [0-9]+ [0-9]+)$/, '*'],
  [/^expect ((?:unpublished|requested) [A-Za-z0-9+/]+={0,2}|incomplete [0-9]{1,3}|no-ds)$/, '*'],
  [/^judge ([!-~]+ [!-~]+ [!-~]+)$/, '*'],
  [/^override ([!-~]+)$/, '*'],
  [/^file ([0-9a-f]{64} [0-9]{1,15} [A-Za-z0-9._-]+)$/, '*'],
];

export function parseReleaseManifest(text: string): ReleaseManifest | undefined {
  const lines = text.split('\n');
  if (lines.pop() !== '') return undefined;
  const values: string[][] = [];
  let at = 0;
  for (const [pattern, times] of MANIFEST_LINES) {
    const found: string[] = [];
    for (let match = pattern.exec(lines[at] ?? ''); match !== null; match = pattern.exec(lines[at] ?? '')) {
      found.push(match[1]!);
      at++;
      if (times === '1') break;
    }
    if (found.length === 0 && times === '1') return undefined;
    values.push(found);
  }
  if (at !== lines.length) return undefined;
  const one = (line: number): string => values[line]![0]!;
  const files = new Map(values[15]!.map((file) => [file.slice(file.lastIndexOf(' ') + 1), file.slice(0, 64)]));
  if (files.size !== values[15]!.length) return undefined;
  return {
    kind: one(1),
    zone: one(2),
    serial: one(3),
    mode: one(5),
    log: one(6),
    validFrom: one(7),
    validUntil: one(8),
    previous: one(9),
    overrides: values[14]!,
    files,
  };
}

/** Kind → its zone, for what passed the gate octet for octet. */
const ZONE_FILES: ReadonlyMap<string, string> = new Map([
  ['zone', 'zone.signed'],
  ['unsigned', 'zone.unsigned'],
]);

/** A signed zone, where it is not said. */
function kindOf(release: JsonObject): string {
  if (!Object.hasOwn(release, 'kind')) return 'zone';
  const { kind } = release;
  return typeof kind === 'string' ? kind : show(kind);
}

/** Where the MANIFEST of a release says something else than the log. */
export function* disagreements(
  manifest: ReleaseManifest,
  { release, mode, index, gate }: { release: JsonObject; mode: string; index: number; gate: LastGate | undefined },
): Generator<readonly [name: string, found: string, wanted: string]> {
  const pairs: [string, string, string][] = [
    ['zone', manifest.zone, text(release, 'zone')],
    ['serial', manifest.serial, String(number(release, 'serial'))],
    ['mode', manifest.mode, mode],
    ['kind', manifest.kind, kindOf(release)],
  ];
  if (manifest.kind === 'zone')
    pairs.push(
      ['valid-from', manifest.validFrom, text(release, 'validFrom')],
      ['valid-until', manifest.validUntil, text(release, 'validUntil')],
    );
  // A zone without signatures has no time in which it is valid.
  if (manifest.kind === 'unsigned') {
    const until = text(release, 'validUntil');
    pairs.push(['valid-from', manifest.validFrom, 'none'], ['valid-until', manifest.validUntil, until === 'unsigned' ? 'none' : until]);
  }
  const file = ZONE_FILES.get(manifest.kind);
  if (file !== undefined)
    pairs.push(
      [file, manifest.files.get(file) ?? 'none', text(release, 'signed')],
      ['override', [...manifest.overrides].sort().join(), [...(gate?.overridden ?? [])].sort().join()],
    );
  for (const pair of pairs) if (pair[1] !== pair[2]) yield pair;
  if (Number(manifest.log) > index) yield ['log', manifest.log, `${index} entries before it`];
}
