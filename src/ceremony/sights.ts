import { join } from 'node:path';
import { fromBase64, toHex } from '../../signer/dns/bytes.ts';
import { parseName, printName } from '../../signer/dns/name.ts';
import { DIGEST, dsRdata } from '../../signer/dnssec/dnskey.ts';
import { Refusal } from '../../signer/errors.ts';
import { diffZones } from '../../signer/zone/diff.ts';
import { buildZone, type Zone } from '../../signer/zone/zone.ts';
import { readZoneFile } from '../../signer/zonefile/parse.ts';
import type { LoggedKey } from '../audit/entry.ts';
import { hashWords } from '../audit/words.ts';
import { planText } from '../plan/plan-text.ts';
import { PLAN_REACH, planZone } from '../plan/plan-zone.ts';
import { zoneFileName } from '../release/zone-file-name.ts';
import { zoneFolder } from '../workspace/paths.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { zoneFileOpener } from '../workspace/zone-source.ts';
import type { Sight } from './script/script.ts';

/** What the screen shows with a step, to be read aloud and compared. */
export interface Shown {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface SightContext {
  readonly workspace: ReadWorkspace;
  /** Zones that the ceremony is about, absolute. */
  readonly zones: readonly string[];
  /** Hexadecimal. */
  readonly scriptSha256: string;
  readonly planSha256: string;
  /** Unix seconds. */
  readonly now: number;
}

/** Words and groups of a line: a hash is read aloud in parts. */
const WORDS_A_LINE = 8;
const GROUP = 4;
const DIFF_LINES = 40;

/** From the log and the sources alone; no token is asked. */
export function sightsOf(sights: readonly Sight[], context: SightContext): readonly Shown[] {
  return sights.flatMap((sight) => shown(sight, context));
}

function shown(sight: Sight, context: SightContext): readonly Shown[] {
  const { workspace, zones, now } = context;
  switch (sight) {
    case 'words':
      return [
        { title: 'script (SHA-256)', lines: hashLines(context.scriptSha256) },
        { title: 'plan (SHA-256)', lines: hashLines(context.planSha256) },
      ];
    case 'checkpoint':
      return [checkpointShown(workspace)];
    case 'ds':
      return zones.flatMap((zone) =>
        keysOf(workspace, zone)
          .filter(isEntryPoint)
          .map((key) => dsShown(zone, key)),
      );
    case 'keys':
      return zones.map((zone) => ({ title: `keys of ${zone}`, lines: keysOf(workspace, zone).map(keyLine) }));
    case 'inventory':
      return [
        {
          title: 'keys by the log',
          lines: Object.keys(workspace.state.zones).flatMap((zone) => keysOf(workspace, zone).map((key) => `${zone} ${keyLine(key)}`)),
        },
      ];
    case 'plan':
      return zones.map((zone) => planShown(context, zone, now));
    case 'diff':
      return zones.map((zone) => diffShown(workspace, zone));
    default:
      return sight satisfies never;
  }
}

/** Hexadecimal in groups, then the same in words. */
export function hashLines(hex: string): readonly string[] {
  const groups = hex.toLowerCase().match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? [];
  const words = hashWords(Buffer.from(hex, 'hex'));
  const rows = (all: readonly string[], each: number): readonly string[] =>
    Array.from({ length: Math.ceil(all.length / each) }, (_, i) => all.slice(i * each, (i + 1) * each).join(' '));
  return [...rows(groups, WORDS_A_LINE), ...rows(words, WORDS_A_LINE)];
}

function checkpointShown({ content, state }: ReadWorkspace): Shown {
  const { size } = content.tree;
  const root = Buffer.from(content.tree.root(size)).toString('hex');
  return { title: `log ${state.origin} as it is now, ${size} entries (not the page)`, lines: hashLines(root) };
}

const keysOf = ({ state }: ReadWorkspace, zone: string): readonly LoggedKey[] => state.zones[zone]?.keys ?? [];
const isEntryPoint = ({ role }: LoggedKey): boolean => role !== 'zsk';
const keyLine = ({ role, keyTag, algorithm, label }: LoggedKey): string =>
  `${role.toUpperCase()} ${keyTag}, algorithm ${algorithm}, "${label}"`;

function dsShown(zone: string, { role, keyTag, dnskey }: LoggedKey): Shown {
  const apex = parseName(zone);
  const ds = dsRdata(apex, fromBase64(dnskey)!, DIGEST.sha256);
  const digest = toHex(ds.subarray(4));
  return {
    title: `DS of ${role.toUpperCase()} ${keyTag} of ${zone}`,
    lines: [`${printName(apex)} IN DS ${keyTag} ${ds[2]} ${ds[3]} ${digest.toUpperCase()}`, ...hashLines(digest)],
  };
}

function planShown({ workspace }: SightContext, zone: string, now: number): Shown {
  const configured = workspace.config.zones[zone];
  if (configured === undefined) return { title: `plan of ${zone}`, lines: ['the configuration in force has no such zone'] };
  const plan = planZone(workspace, configured, now, now + PLAN_REACH);
  return { title: `plan of ${zone}`, lines: planLines(planText(plan)) };
}

/** Without its own hash, which changes with the time: what is compared is the plan of the script. */
function planLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => !/^ {2}hash /.test(line))
    .slice(0, DIFF_LINES);
}

function diffShown(workspace: ReadWorkspace, zone: string): Shown {
  const title = `what changes in ${zone}`;
  const configured = workspace.config.zones[zone];
  const release = workspace.state.zones[zone]?.releases.at(-1);
  if (configured === undefined) return { title, lines: ['the configuration in force has no such zone'] };
  if (release === undefined) return { title, lines: ['there is no release yet: everything is new'] };
  const apex = parseName(zone);
  try {
    const before = read(join(workspace.paths.releases, zoneFolder(apex), `${release.serial}`, zoneFileName(release)), zone);
    const changes = [...diffZones(before, read(configured.source, zone), { signerOwned: false, ignoreSerial: true })];
    const lines = changes.slice(0, DIFF_LINES).map(({ kind, text }) => `${kind === 'added' ? '+' : '-'} ${text}`);
    const more = changes.length > DIFF_LINES ? [`and ${changes.length - DIFF_LINES} more: coldsign zone diff ${zone}`] : [];
    return { title, lines: changes.length === 0 ? [`no record, against serial ${release.serial}`] : [...lines, ...more] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { title, lines: [`cannot be told: ${error.message}`] };
  }
}

function read(file: string, zone: string): Zone {
  const apex = parseName(zone);
  const { store, errors, findings } = readZoneFile(zoneFileOpener(), file, apex);
  if (errors === 0) return buildZone(store, apex);
  throw new Refusal('zone/unreadable', `${file} has ${errors} errors: ${findings[0]?.text}`, 'see coldsign zone check');
}
