import { parseName, printName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedKey } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { dsLines } from '../print/ds-lines.ts';
import { factsName } from '../state/state.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { nameInHistory } from '../workspace/key-tags.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';

export interface WorkspaceKeysOptions {
  readonly dir?: string;
  readonly zone?: string;
  readonly json: boolean;
}

/** `key ds` in a workspace: what the parent gets, as zone-file lines; with `dnskey`, the DNSKEY records of all keys. */
export async function printWorkspaceDs(options: WorkspaceKeysOptions & { readonly dnskey: boolean }, io: Io): Promise<number> {
  const workspace = readSealedWorkspace(options.dir);
  const keys = keysOf(workspace, options.zone).filter(({ role }) => options.dnskey || role !== 'zsk');
  if (keys.length === 0) {
    const zone = options.zone ?? 'the workspace';
    throw new Refusal(
      'key/none',
      `${zone} has no ${options.dnskey ? 'key' : 'KSK or CSK'}`,
      'make one with coldsign key generate --zone ZONE',
    );
  }
  for (const text of unproved(workspace, keys)) note(io, text);
  const lines = keys.flatMap((key) => (options.dnskey ? [dnskeyLine(key)] : dsLines(key)));
  io.out.write(options.json ? `${JSON.stringify(lines, undefined, 2)}\n` : lines.map((line) => `${line}\n`).join(''));
  return 0;
}

function keysOf({ state, config }: ReadWorkspace, zone: string | undefined): readonly LoggedKey[] {
  if (zone !== undefined) return state.zones[zoneOf(config, zone).name]?.keys ?? [];
  return Object.values(state.zones).flatMap(({ keys }) => keys);
}

/** A DS at the parent commits the zone to a key as its DNSKEY does. */
function unproved({ state, config }: ReadWorkspace, keys: readonly LoggedKey[]): readonly string[] {
  const isOpen = (key: LoggedKey): boolean =>
    config.tokens[key.token as TokenRole].length > 1 && state.zones[key.zone]?.facts[factsName(key)]?.proved === undefined;
  return keys
    .filter(isOpen)
    .map(
      (key) =>
        `warning: ${nameInHistory(key)} is not proved on every token for ${key.token}: coldsign key prove, before the parent gets it`,
    );
}

function dnskeyLine({ zone, dnskey }: LoggedKey): string {
  const rdata = Buffer.from(dnskey, 'base64');
  return `${printName(parseName(zone))} IN DNSKEY ${rdata.readUInt16BE(0)} ${rdata[2]} ${rdata[3]} ${rdata.subarray(4).toString('base64')}`;
}
