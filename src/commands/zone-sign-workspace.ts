import { Fault, Refusal } from '../../signer/errors.ts';
import type { OverridableRule } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { makeJudgePanel } from '../release/gate.ts';
import { type MadeRelease, makeRelease, type ReleaseWish } from '../release/make-release.ts';
import { checkedReason } from '../release/reason.ts';
import { releaseText } from '../release/release-text.ts';
import { batchZones, beginBatch, finishBatch, type ZoneOutcome } from '../sign/batch.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface ZoneSignWorkspaceOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zones: readonly string[];
  /** All zones of the configuration in force. */
  readonly all: boolean;
  /** Of them, those that need it: never released, data or policy changed, or signatures to refresh. */
  readonly due: boolean;
  /** Go on with the last run that was interrupted. */
  readonly resume: boolean;
  readonly overrides: readonly OverridableRule[];
  readonly reason?: string;
  readonly json: boolean;
}

/** `zone sign` in a workspace: each zone → makeRelease, unsigned where the zone has gone insecure. A zone that fails stops none of the others, and the summary says so. */
export async function zoneSignWorkspace(options: ZoneSignWorkspaceOptions, io: Io): Promise<number> {
  const overrides = overridesOf(options);
  return withSession({ ...options, command: 'zone sign' }, io, async (session) => {
    const judges = makeJudgePanel();
    if (!options.all && !options.resume && options.zones.length === 1) {
      const zone = zoneOf(session.config, options.zones[0]!);
      print(await makeRelease(session, { zone, overrides, judges }), options, io);
      return 0;
    }
    const zones = batchZones(session, options);
    beginBatch(session, zones, options.resume);
    const outcomes: ZoneOutcome[] = [];
    for (const zone of zones) outcomes.push(await signOne(session, { zone, overrides, judges }));
    return finishBatch(session, outcomes, options, io);
  });
}

async function signOne(session: Session, wish: ReleaseWish): Promise<ZoneOutcome> {
  const { name } = wish.zone;
  try {
    const made = await makeRelease(session, wish);
    session.append('batch.zone', { zone: name, outcome: 'done' });
    return {
      zone: name,
      outcome: 'done',
      serial: made.report.serial,
      ...(made.kind === 'signed' ? { signatures: made.report.signatures.made } : { signatures: 0, isUnsigned: true as const }),
    };
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Fault) || stopsAll(error.code)) throw error;
    const outcome = error instanceof Refusal ? 'refused' : 'failed';
    note(session.io, `${name}: error ${error.code}: ${error.message}`);
    session.append('batch.zone', { zone: name, outcome, code: error.code });
    return { zone: name, outcome, code: error.code, text: error.message, hint: error.hint };
  }
}

/** Without a PIN or a log no other zone could be signed either. */
const stopsAll = (code: string): boolean => /^(pin|audit|workspace)\//.test(code);

function overridesOf({ overrides, reason }: ZoneSignWorkspaceOptions): ReadonlyMap<OverridableRule, string> {
  if (overrides.length === 0) return new Map();
  const why = checkedReason(reason, `--override ${overrides.join(' ')}`);
  return new Map(overrides.map((rule) => [rule, why]));
}

function print(made: MadeRelease, { json }: ZoneSignWorkspaceOptions, io: Io): void {
  io.out.write(
    json
      ? `${JSON.stringify({ kind: made.kind, folder: made.folder, report: made.report, gate: made.gate }, undefined, 2)}\n`
      : releaseText(made),
  );
}
