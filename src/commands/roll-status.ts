import { isoText } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import { columns } from '../print/table.ts';
import { type RollKeyOverview, type RollOverview, rollOverview } from '../rollover/roll-overview.ts';
import { keyLabel } from '../rollover/roll-text.ts';
import { unsignedText } from '../state/unsigned-text.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';

export interface RollStatusOptions {
  readonly dir?: string;
  readonly zone?: string;
  /** Unix seconds. */
  readonly now: number;
  readonly json: boolean;
}

/** `roll status`: log → states of keys, what is waited for, next visit. Needs no token. */
export async function rollStatus(options: RollStatusOptions, io: Io): Promise<number> {
  const workspace = readSealedWorkspace(options.dir);
  const zones = options.zone === undefined ? Object.values(workspace.config.zones) : [zoneOf(workspace.config, options.zone)];
  const all = zones.map((zone) => rollOverview(workspace, zone, options.now));
  io.out.write(options.json ? `${JSON.stringify({ format: 1, zones: all }, undefined, 2)}\n` : all.map(textOf).join('\n'));
  return 0;
}

function textOf({ zone, roll, unsignedSince, bogus, keys, ready, waits, nextVisit, scheduled, wish }: RollOverview): string {
  const head = roll === undefined ? `${zone}: no rollover` : `${zone}: rollover ${roll.id} (${roll.kind}) since ${isoText(roll.started)}`;
  const table = columns([['key', 'alg', 'state', 'dnskey', 'signs keys', 'signs data', 'ds'], ...keys.map((key) => row(key, keys))]);
  const lines = [
    ...(roll?.backReason === undefined ? [] : [`goes back: ${roll.backReason}`]),
    ...(unsignedSince === undefined ? [] : [`unsigned: ${unsignedText(zone, unsignedSince, { roll }, bogus)}`]),
    ...ready.map((text) => `ready: ${text}`),
    ...waits.map(({ text }) => `waits: ${text}`),
    ...(scheduled === undefined ? [] : [`planned: ${scheduled.kind} rollover from ${isoText(scheduled.start)} on`]),
    ...(wish === undefined ? [] : [`policy: ${wish.why}; to begin: ${wish.command}`]),
    ...(nextVisit === undefined
      ? []
      : [nextVisit === 0 ? `next: coldsign roll advance --zone ${zone}` : `next visit: ${isoText(nextVisit)}`]),
  ];
  return `${[head, ...table.trimEnd().split('\n'), ...lines].map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n')}\n`;
}

function row(key: RollKeyOverview, keys: readonly RollKeyOverview[]): string[] {
  const { algorithm, state, records } = key;
  const of = (record: keyof RollKeyOverview['records']): string => records[record]?.kind ?? '-';
  return [keyLabel(key, keys), `${algorithm}`, state.kind, of('dnskey'), of('krrsig'), of('zrrsig'), of('ds')];
}
