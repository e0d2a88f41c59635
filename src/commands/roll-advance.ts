import { Fault, Refusal } from '../../signer/errors.ts';
import type { ZoneConfig } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { makeJudgePanel } from '../release/gate.ts';
import { type Advanced, advanceZone } from '../rollover/advance.ts';
import { moveText, waitText } from '../rollover/roll-text.ts';
import { zoneRollOf } from '../rollover/zone-roll.ts';
import { unsignedBogus, unsignedText } from '../state/unsigned-text.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface RollAdvanceOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone?: string;
  /** All zones that have a release. */
  readonly all: boolean;
  readonly json: boolean;
}

/** `roll advance`: what is known → what may be done → release. Of many zones, one that fails stops none of the others. */
export async function rollAdvance(options: RollAdvanceOptions, io: Io): Promise<number> {
  if ((options.zone !== undefined) === options.all)
    throw new Refusal('usage/zones', 'roll advance takes either --zone ZONE or --all', 'say which zones are meant');
  return withSession({ ...options, command: 'roll advance' }, io, async (session) => {
    const judges = makeJudgePanel();
    if (!options.all) {
      print(session, [await advanceZone(session, zoneOf(session.config, options.zone!), judges)], options, io);
      return 0;
    }
    const advanced: Advanced[] = [];
    let worst = 0;
    for (const zone of releasedZones(session)) {
      const outcome = await advanceOne(session, zone, () => advanceZone(session, zone, judges));
      if (typeof outcome === 'number') worst = Math.max(worst, outcome);
      else advanced.push(outcome);
    }
    print(session, advanced, options, io);
    return worst;
  });
}

function releasedZones({ config, state }: Session): readonly ZoneConfig[] {
  return Object.values(config.zones).filter(({ name, mode }) => mode === 'full' && (state.zones[name]?.releases.length ?? 0) > 0);
}

/** @returns exit status of a zone that was refused (1) or failed (3) */
async function advanceOne(session: Session, { name }: ZoneConfig, advance: () => Promise<Advanced>): Promise<Advanced | number> {
  try {
    return await advance();
  } catch (error) {
    // Without a PIN or a log no other zone could be advanced either.
    if (!(error instanceof Refusal || error instanceof Fault) || /^(pin|audit|workspace)\//.test(error.code)) throw error;
    note(session.io, `${name}: error ${error.code}: ${error.message}\n  next: ${error.hint}`);
    return error instanceof Refusal ? 1 : 3;
  }
}

function print(session: Session, all: readonly Advanced[], { json }: RollAdvanceOptions, io: Io): void {
  if (json) {
    const told = all.map(({ release, ...rest }) => ({
      ...rest,
      ...(release === undefined ? {} : { serial: release.report.serial, kind: release.kind }),
    }));
    io.out.write(`${JSON.stringify({ format: 1, zones: told }, undefined, 2)}\n`);
    return;
  }
  io.out.write(all.map((one) => textOf(session, one)).join(''));
}

function textOf({ state }: Session, { zone, known, done, started, release, waits }: Advanced): string {
  const roll = zoneRollOf(state, zone);
  const { unsignedSince } = state.zones[zone] ?? {};
  const lines = [
    ...(unsignedSince === undefined ? [] : [`unsigned: ${unsignedText(zone, unsignedSince, roll, unsignedBogus(zone, roll))}`]),
    ...(started === undefined ? [] : [`begun: ${started}`]),
    ...known.map((move) => `known: ${moveText(roll, move)}`),
    ...done.map((move) => `done: ${moveText(roll, move)}`),
    ...waits.map((wait) => `waits: ${waitText(roll, wait)}`),
    ...nextSteps(zone, done, release),
  ];
  const kind = release?.kind === 'unsigned' ? ' UNSIGNED' : '';
  const head = release === undefined ? `${zone} no new version` : `${zone} serial ${release.report.serial} released${kind}`;
  return `${[head, ...lines.map((line) => `  ${line}`)].join('\n')}\n`;
}

/** What is to be done outside, so that the rollover goes on. */
function nextSteps(zone: string, done: Advanced['done'], release: Advanced['release']): readonly string[] {
  const asksParent = done.some((move) => move.kind === 'record' && move.record === 'ds' && move.to !== 'hidden');
  const steps = [
    ...(release === undefined ? [] : [`publish serial ${release.report.serial}`]),
    ...(asksParent ? [`give the parent exactly what coldsign ds export ${zone} prints`] : []),
  ];
  return steps.length === 0 ? [] : [`next: ${steps.join('; ')}; then coldsign evidence import FILE, with what all servers answer`];
}
