import type { Io } from '../io.ts';
import { columns } from '../print/table.ts';
import { workspaceStatus } from '../state/status.ts';
import { readSealedWorkspace } from '../workspace/sealed-head.ts';
import { dueText, validText } from './status.ts';

export interface ZoneListOptions {
  readonly dir?: string;
  /** Unix seconds. */
  readonly now: number;
  readonly owner?: string;
  readonly riskClass?: string;
  readonly policy?: string;
  /** Only zones that should be signed now. */
  readonly due: boolean;
  readonly json: boolean;
}

/** `zone list`: the zones of the configuration in force. */
export async function zoneList(options: ZoneListOptions, io: Io): Promise<number> {
  const { owner, riskClass, policy, due, json } = options;
  const zones = workspaceStatus(readSealedWorkspace(options.dir), options.now).zones.filter(
    (zone) =>
      (owner === undefined || zone.owner === owner) &&
      (riskClass === undefined || zone.riskClass === riskClass) &&
      (policy === undefined || zone.policy === policy) &&
      (!due || zone.due.length > 0),
  );
  if (json) io.out.write(`${JSON.stringify(zones, undefined, 2)}\n`);
  else {
    const rows = zones.map((z) => [
      z.zone,
      z.riskClass,
      z.owner || '-',
      z.policy,
      `${z.keys}`,
      `${z.serial ?? '-'}`,
      validText(z),
      z.due.map(dueText).join(', ') || 'no',
    ]);
    io.out.write(columns([['zone', 'class', 'owner', 'policy', 'keys', 'serial', 'valid until', 'due'], ...rows]));
  }
  return 0;
}
