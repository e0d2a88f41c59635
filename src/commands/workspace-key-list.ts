import type { PinOptions } from '../../keystore/pin/source.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { TokenRef } from '../audit/entry.ts';
import { type Io, note } from '../io.ts';
import { type KeyOverview, overviews } from '../keys/key-overview.ts';
import {
  missingFrom,
  type PlacedToken,
  type TokenViews,
  type UnseenToken,
  type UnusedObject,
  unusedObjects,
  viewTokens,
} from '../keys/token-view.ts';
import { columns } from '../print/table.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';

export interface WorkspaceKeyListOptions extends PinOptions {
  readonly dir?: string;
  readonly zone?: string;
  /** Destroyed keys too. */
  readonly all?: boolean;
  /** Asks the tokens whether they have the keys. */
  readonly live?: boolean;
  /** Lists what is on the tokens and belongs to nothing, in place of the keys. */
  readonly unused?: boolean;
  readonly json: boolean;
}

/** `key list` in a workspace: what the log knows of its keys; no token is needed but for --live and --unused, and none is ever changed. */
export async function listWorkspaceKeys(options: WorkspaceKeyListOptions, io: Io): Promise<number> {
  const workspace = readSealedWorkspace(options.dir);
  if (options.unused === true) return listUnused(workspace, options, io);
  const keys = overviews(workspace, zonesOf(workspace, options.zone), options.all === true);
  const seen = options.live === true ? await viewTokens(workspace, options, io) : undefined;
  const rows = keys.map((key) => (seen === undefined ? key : { ...key, ...lackOf(key, seen) }));
  io.out.write(options.json ? `${JSON.stringify(rows, undefined, 2)}\n` : keyTable(rows));
  for (const { keyTag, zone, missing: lacking = [] } of rows as readonly Row[])
    for (const token of lacking) note(io, `warning: key ${keyTag} of ${zone} is not on the ${tokenText(token)}: ${token.place}`);
  return seen === undefined ? 0 : tellUnseen(seen, io);
}

type Row = KeyOverview & Partial<Lack>;

/** Of a key: tokens of its role that have it no more, and those of which that is not known. */
interface Lack {
  readonly missing: readonly PlacedToken[];
  readonly unseen: readonly UnseenToken[];
}

function zonesOf({ state, config }: ReadWorkspace, zone: string | undefined): readonly string[] {
  return zone === undefined ? Object.keys(state.zones).sort() : [zoneOf(config, zone).name];
}

/** Nothing for a key that is destroyed. */
function lackOf(key: KeyOverview, { views, unseen }: TokenViews): Lack {
  if (key.state === 'destroyed') return { missing: [], unseen: [] };
  return { missing: missingFrom(key, views), unseen: unseen.filter(({ role }) => role === key.token) };
}

/** @returns exit status: 1 where the list is not of all tokens */
function tellUnseen({ unseen }: TokenViews, io: Io): number {
  for (const { place, why } of unseen) note(io, `warning: ${place} was not looked at: ${why}`);
  return unseen.length === 0 ? 0 : 1;
}

async function listUnused(workspace: ReadWorkspace, options: WorkspaceKeyListOptions, io: Io): Promise<number> {
  const seen = await viewTokens(workspace, options, io);
  const objects = unusedObjects(workspace.state, seen.views);
  io.out.write(options.json ? `${JSON.stringify(objects, undefined, 2)}\n` : unusedTable(objects));
  if (objects.length > 0) note(io, 'nothing of this is ever touched: what nobody needs is removed by people, with the tool of the token');
  return tellUnseen(seen, io);
}

function unusedTable(objects: readonly UnusedObject[]): string {
  if (objects.length === 0) return '';
  const rows = objects.map(({ token, kind, id, label, what }) => [tokenText(token), kind, id || '-', what || '-', label || '-']);
  return columns([['TOKEN', 'OBJECT', 'ID', 'WHAT', 'LABEL'], ...rows]);
}

function keyTable(rows: readonly Row[]): string {
  const head = ['ZONE', 'ROLE', 'STATE', 'ALGORITHM', 'TAG', 'REVOKED', 'ORIGIN', 'PROVED', 'BACKUP', 'DRILL', 'ID', 'TOKEN'];
  return columns([head, ...rows.map(cellsOf)]);
}

function cellsOf(key: Row): readonly string[] {
  const restored = key.restored.map(({ time }) => `, restored ${day(time)}`).join('');
  const lacking = new Set((key.missing ?? []).map(({ serial }) => serial));
  const places = [...key.tokens.map(({ serial }) => serial), ...lacking];
  const tokens = [...new Set(places)].map((serial) => (lacking.has(serial) ? `${serial} (missing)` : serial));
  return [
    key.zone,
    key.role,
    key.state,
    algorithmLabel(key.algorithm),
    `${key.keyTag}`,
    `${key.revokedKeyTag}`,
    `${key.origin}${restored}`,
    day(key.proved?.time),
    day(key.backup?.time),
    day(key.drilled?.time),
    key.id || '-',
    `${key.token} ${tokens.join(' ')}`,
  ];
}

const day = (time: string | undefined): string => time?.slice(0, 10) ?? '-';
const tokenText = ({ label, serial }: TokenRef): string => `token ${label} (serial ${serial})`;
