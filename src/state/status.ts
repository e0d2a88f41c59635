import type { ZoneRoll } from '../../keystore/rollover/model.ts';
import type { LoggedRelease, Mode } from '../audit/entry.ts';
import { isoText } from '../config/time-text.ts';
import { signatureTimesOf } from '../release/signature-times.ts';
import type { ReadWorkspace } from '../workspace/read-only.ts';
import { type DueReason, dueReasons } from './due.ts';
import type { ZoneState } from './state.ts';
import { unsignedBogus } from './unsigned-text.ts';

/** What is signed until when, what is due, what is open. One model for text, JSON and screens. */
export interface Status {
  readonly workspace: string;
  readonly origin: string;
  readonly mode: Mode;
  readonly log: { readonly entries: number; readonly head: 'token' | 'none'; readonly anomalies: number; readonly exceptions: number };
  readonly config: { readonly since: string; readonly isPending: boolean };
  /** A command that did not live to close its session; the next one that writes resolves what it left. */
  readonly interrupted?: { readonly command: string; readonly time: string };
  readonly open: readonly { readonly what: string; readonly since: string }[];
  readonly zones: readonly ZoneStatus[];
  /** What somebody should do now, most urgent first. */
  readonly next: readonly string[];
}

export interface ZoneStatus {
  readonly zone: string;
  readonly owner: string;
  readonly riskClass: string;
  readonly policy: string;
  readonly keys: number;
  readonly serial?: number;
  /** End of the first signature, and when all must have been made anew; absent where there are none. */
  readonly validUntil?: string;
  readonly refreshAt?: string;
  /** When the first release was made since which the zone is unsigned; absent: it is not. */
  readonly unsignedSince?: string;
  /** Why it is bogus for resolvers that validate, where it is unsigned and has a DS somewhere. */
  readonly bogus?: string;
  readonly due: readonly DueReason[];
  /** Rollover that is under way. */
  readonly roll?: string;
  /** Seconds until the first signature ends; negative when it has. */
  readonly secondsLeft?: number;
}

export function workspaceStatus(workspace: ReadWorkspace, now: number): Status {
  const { state, config, paths, isConfigPending } = workspace;
  const zones = Object.values(config.zones).map((zone): ZoneStatus => {
    const release = state.zones[zone.name]?.releases.at(-1);
    return {
      zone: zone.name,
      owner: zone.owner,
      riskClass: zone.riskClass,
      policy: zone.policy,
      keys: state.zones[zone.name]?.keys.length ?? 0,
      ...(release === undefined ? {} : { serial: release.serial, ...timesOf(release, now) }),
      ...unsignedOf(zone.name, state.zones[zone.name]),
      ...rollOf(state.zones[zone.name]?.roll),
      due: dueReasons(zone, config.policies[zone.policy]!, state, paths, now),
    };
  });
  const status = {
    workspace: paths.root,
    origin: state.origin,
    mode: state.mode,
    log: { entries: state.size, head: state.head, anomalies: state.anomalies, exceptions: state.exceptions },
    config: { since: state.configSince ?? '', isPending: isConfigPending },
    ...(state.session === undefined ? {} : { interrupted: { command: state.session.command, time: state.session.time } }),
    open: Object.values(state.intents).map(({ type, time }) => ({ what: type.replace('.intent', ''), since: time })),
    zones,
  };
  return { ...status, next: nextSteps(status) };
}

function timesOf(release: LoggedRelease, now: number): Pick<ZoneStatus, 'validUntil' | 'refreshAt' | 'secondsLeft'> {
  const times = signatureTimesOf(release);
  if (times === undefined) return {};
  return { validUntil: release.validUntil, refreshAt: release.refreshAt, secondsLeft: times.validUntil - now };
}

function unsignedOf(name: string, zone: ZoneState | undefined): Pick<ZoneStatus, 'unsignedSince' | 'bogus'> {
  if (zone?.unsignedSince === undefined) return {};
  const bogus = zone.roll && unsignedBogus(name, zone.roll);
  return { unsignedSince: isoText(zone.unsignedSince), ...(bogus === undefined ? {} : { bogus }) };
}

function rollOf(zone: ZoneRoll | undefined): { readonly roll?: string } {
  const roll = zone?.roll;
  return roll === undefined ? {} : { roll: `${roll.id} (${roll.kind}) since ${isoText(roll.started)}` };
}

function nextSteps(status: Omit<Status, 'next'>): readonly string[] {
  const { zones, config } = status;
  const expired = zones.filter(({ due }) => due.some(({ kind }) => kind === 'expired'));
  const keyless = zones.filter(({ keys, unsignedSince }) => keys === 0 && unsignedSince === undefined);
  const rolling = zones.filter(({ roll }) => roll !== undefined);
  const due = zones.filter((zone) => zone.due.length > 0 && !keyless.includes(zone));
  return [
    ...zones.flatMap(({ zone, bogus }) => (bogus === undefined ? [] : [`${zone}: ${bogus}`])),
    ...expired.map(({ zone, validUntil }) => `${zone} is BOGUS since ${validUntil}: coldsign zone sign ${zone}`),
    ...(status.interrupted === undefined
      ? []
      : [`coldsign ${status.interrupted.command} was interrupted; the next command that writes finds out what it did`]),
    ...(config.isPending ? ['coldsign.yaml differs from the configuration in force: coldsign policy apply'] : []),
    ...keyless.map(({ zone }) => `${zone} has no keys: coldsign key generate --zone ${zone}`),
    ...(due.length === 0 ? [] : [`${due.length} ${due.length === 1 ? 'zone is' : 'zones are'} due: coldsign zone sign --all --due`]),
    ...(rolling.length === 0 ? [] : [rollingText(rolling)]),
  ];
}

/** A rollover takes weeks, and most of that is waiting: one line for all. */
function rollingText(zones: readonly ZoneStatus[]): string {
  const { zone, roll } = zones[0]!;
  const others = zones.length === 1 ? '' : ` and ${zones.length - 1} more`;
  return `${zone} is in rollover ${roll}${others}: coldsign roll status tells what is waited for`;
}
