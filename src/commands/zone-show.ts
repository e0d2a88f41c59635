import { join } from 'node:path';
import { parseName } from '../../signer/dns/name.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import type { Io } from '../io.ts';
import { dsLines } from '../print/ds-lines.ts';
import { workspaceStatus } from '../state/status.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { zoneFolder } from '../workspace/paths.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import { dueText } from './status.ts';

export interface ZoneShowOptions {
  readonly dir?: string;
  /** Unix seconds. */
  readonly now: number;
  readonly zone: string;
  readonly json: boolean;
}

/** `zone show`: everything that the workspace knows of one zone. */
export async function zoneShow(options: ZoneShowOptions, io: Io): Promise<number> {
  const workspace = readSealedWorkspace(options.dir);
  const zone = zoneOf(workspace.config, options.zone);
  const { keys = [], releases = [] } = workspace.state.zones[zone.name] ?? {};
  const status = workspaceStatus(workspace, options.now).zones.find((one) => one.zone === zone.name)!;
  // Of a zone that has gone insecure, no key comes back: a DS of one would make it bogus.
  const ds = status.unsignedSince === undefined ? keys.filter(({ role }) => role !== 'zsk').flatMap(dsLines) : [];
  const unsigned = status.unsignedSince === undefined ? {} : { unsignedSince: status.unsignedSince };
  const folder = join(workspace.paths.releases, zoneFolder(parseName(zone.name)));
  if (options.json) {
    io.out.write(`${JSON.stringify({ ...zone, ...unsigned, due: status.due, keys, releases, ds, folder }, undefined, 2)}\n`);
    return 0;
  }
  const lines = [
    `${zone.name}  class ${zone.riskClass}, owner ${zone.owner || '-'}, policy ${zone.policy}, mode ${zone.mode}${zone.registry === undefined ? '' : `, registry ${zone.registry}`}`,
    `  source     ${zone.source}`,
    ...(status.unsignedSince === undefined ? [] : [`  unsigned   since ${status.unsignedSince}`]),
    `  due        ${status.due.map(dueText).join(', ') || 'no'}`,
    ...keys.map(
      (key) =>
        `  key        ${key.role.toUpperCase()} ${key.keyTag} ${algorithmLabel(key.algorithm)}, CKA_ID ${key.id}, token ${key.serial}`,
    ),
    ...(keys.length === 0 ? ['  key        none'] : []),
    ...releases.map(
      (r, i) =>
        `  release    ${r.serial}, ${r.kind === undefined ? `valid ${r.validFrom} to ${r.validUntil}` : 'unsigned'}, ${r.records} records${i === releases.length - 1 ? ' (current)' : ''}`,
    ),
    ...(releases.length === 0 ? ['  release    none'] : [`  folder     ${folder}`]),
    ...ds.map((text) => `  DS         ${text}`),
  ];
  io.out.write(`${lines.join('\n')}\n`);
  return 0;
}
