import { Refusal } from '../../signer/errors.ts';
import type { Io } from '../io.ts';
import { columns } from '../print/table.ts';
import type { DueReason } from '../state/due.ts';
import { type Status, workspaceStatus, type ZoneStatus } from '../state/status.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';

export interface StatusOptions {
  readonly dir?: string;
  /** Unix seconds. */
  readonly now: number;
  readonly format: string;
}

/** `status`: log → state → what is due. @returns exit status, 1 where a zone is bogus by now */
export async function status(options: StatusOptions, io: Io): Promise<number> {
  const model = workspaceStatus(readSealedWorkspace(options.dir), options.now);
  io.out.write(print(model, options.format));
  return model.zones.some(isBogus) ? 1 : 0;
}

const isBogus = ({ secondsLeft, bogus }: ZoneStatus): boolean => bogus !== undefined || (secondsLeft !== undefined && secondsLeft <= 0);

function print(model: Status, format: string): string {
  if (format === 'json') return `${JSON.stringify(model, undefined, 2)}\n`;
  if (format === 'text') return statusText(model);
  throw new Refusal('usage/format', `--format ${format} is neither text nor json`, 'use --format text or --format json');
}

function statusText(model: Status): string {
  const { log, config, zones } = model;
  const lines = [
    `${model.workspace}${model.mode === 'practice' ? ' (practice)' : ''}`,
    `log ${model.origin}: ${log.entries} entries, head ${log.head === 'token' ? 'kept in the token' : 'not kept in the token'}, ${log.exceptions} exceptions, ${log.anomalies} anomalies`,
    `configuration in force since ${config.since}${config.isPending ? '; coldsign.yaml has changes that are not applied' : ''}`,
    ...model.open.map(({ what, since }) => `open: ${what} of ${since} has no result`),
    '',
    zones.length === 0
      ? 'no zones: coldsign zone add NAME --source FILE --apply'
      : columns([['zone', 'class', 'owner', 'serial', 'valid until', 'left', 'due'], ...zones.map(row)]).trimEnd(),
    ...(model.next.length === 0 ? [] : ['', ...model.next.map((text) => `next: ${text}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

function row(zone: ZoneStatus): string[] {
  const left = zone.secondsLeft === undefined ? '-' : `${(zone.secondsLeft / 86_400).toFixed(1)} d`;
  const due = zone.due.map(dueText).join(', ') || 'no';
  return [zone.zone, zone.riskClass, zone.owner || '-', `${zone.serial ?? '-'}`, validText(zone), left, due];
}

/** The column `valid until`. */
export function validText({ validUntil, unsignedSince, bogus }: ZoneStatus): string {
  return unsignedSince === undefined ? (validUntil ?? '-') : `unsigned since ${unsignedSince}${bogus === undefined ? '' : ', BOGUS'}`;
}

export function dueText(reason: DueReason): string {
  switch (reason.kind) {
    case 'never-released':
      return 'never released';
    case 'source-changed':
      return `${reason.file} changed`;
    case 'keys-changed':
      return 'keys changed';
    case 'cds-changed':
      return 'CDS changed';
    case 'policy-changed':
      return 'policy changed';
    case 'refresh':
      return `signatures to refresh since ${reason.since}`;
    case 'expired':
      return `EXPIRED ${reason.since}`;
    default:
      return reason satisfies never;
  }
}
