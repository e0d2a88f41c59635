import { Refusal } from '../../signer/errors.ts';
import { type Io, note } from '../io.ts';
import { columns } from '../print/table.ts';
import { missingText, proofEntry } from '../replicas/before-publication.ts';
import { fingerprint, proveOnReplicas, type ReplicaReport } from '../replicas/prove.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface KeyProveOptions extends Omit<SessionRequest, 'command' | 'config'> {
  /** Absent: all zones that have keys. */
  readonly zone?: string;
  readonly json: boolean;
}

/** `key prove`: every token signs a new challenge with each key → verified under the DNSKEY of the log → log. @returns exit status: 1 if a token lacks a key */
export async function keyProve(options: KeyProveOptions, io: Io): Promise<number> {
  return withSession({ ...options, command: 'key prove' }, io, async (session) => {
    const { state, config } = session;
    const zones = options.zone === undefined ? Object.keys(state.zones).sort() : [zoneOf(config, options.zone).name];
    const keys = zones.flatMap((zone) => state.zones[zone]?.keys ?? []);
    if (keys.length === 0) throw noKeys(options.zone);
    const reports: ReplicaReport[] = [];
    for (const key of keys) {
      const report = await proveOnReplicas(session, key);
      reports.push(report);
      if (report.missing.length === 0) session.appendAll([proofEntry(report, undefined)]);
      else note(io, missingText(report));
    }
    io.out.write(options.json ? `${JSON.stringify(reports.map(member), undefined, 2)}\n` : text(reports));
    return reports.some(({ missing }) => missing.length > 0) ? 1 : 0;
  });
}

function noKeys(zone: string | undefined): Refusal {
  const where = zone === undefined ? 'the workspace' : zone;
  return new Refusal('key/none', `${where} has no keys`, 'make them: coldsign key generate --zone ZONE');
}

function text(reports: readonly ReplicaReport[]): string {
  const rows = reports.flatMap(({ key, proved, missing }) => {
    const head = [key.zone, key.role.toUpperCase(), `${key.keyTag}`];
    return [
      ...proved.map(({ label, serial }) => [...head, `${label} (serial ${serial})`, 'proved']),
      ...missing.map(({ name, why }) => [...head, name, `missing: ${why}`]),
    ];
  });
  return columns([['zone', 'role', 'tag', 'token', 'verdict'], ...rows]);
}

function member({ key, proved, missing }: ReplicaReport): object {
  const { zone, role, keyTag, algorithm, id, dnskey } = key;
  return { zone, role, keyTag, algorithm, id, fingerprint: fingerprint(Buffer.from(dnskey, 'base64')), proved, missing };
}
