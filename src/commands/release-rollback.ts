import { parseName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import type { LoggedRelease } from '../audit/entry.ts';
import type { Config, OverridableRule, ZoneConfig } from '../config/config.ts';
import { type Io, note } from '../io.ts';
import { sha256OfFile } from '../release/file-hash.ts';
import { makeJudgePanel } from '../release/gate.ts';
import { makeRelease } from '../release/make-release.ts';
import { checkedReason } from '../release/reason.ts';
import { releaseFolder } from '../release/release-folder.ts';
import { releaseText } from '../release/release-text.ts';
import { zoneFileName } from '../release/zone-file-name.ts';
import type { State } from '../state/state.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import { type Session, type SessionRequest, withSession } from '../workspace/session.ts';

export interface ReleaseRollbackOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly zone: string;
  /** Serial of the release to go back to; default: the one before the current one. */
  readonly to?: number;
  /** Only if that release has the keys of now. */
  readonly itsKeys: boolean;
  readonly reason: string;
  readonly json: boolean;
}

/**
 * `release rollback`: an earlier release → its data, signed anew (or unsigned, as the zone is now) under a raised serial → gate → release. The limits of the gate are let pass where
 * the policy allows it: going back undoes changes by its nature.
 */
export async function releaseRollback(options: ReleaseRollbackOptions, io: Io): Promise<number> {
  const reason = checkedReason(options.reason, 'release rollback');
  return withSession({ ...options, command: 'release rollback' }, io, async (session) => {
    const zone = zoneOf(session.config, options.zone);
    const target = targetRelease(session.state, zone.name, options.to);
    const file = intactFile(session, target);
    if (options.itsKeys) refuseOtherKeys(session.state, zone.name, target);
    const made = await makeRelease(session, {
      zone,
      overrides: allowedLimits(session.config, zone, reason),
      judges: makeJudgePanel(),
      source: { file, serial: 'increment', release: target.serial, reason },
    });
    io.out.write(
      options.json
        ? `${JSON.stringify({ kind: made.kind, folder: made.folder, to: target.serial, report: made.report }, undefined, 2)}\n`
        : releaseText(made),
    );
    note(io, `the source ${zone.source} is as it was: mend it before you sign the zone from it again`);
    return 0;
  });
}

function targetRelease(state: State, zone: string, to: number | undefined): LoggedRelease {
  const releases = state.zones[zone]?.releases ?? [];
  const found = to === undefined ? releases.at(-2) : releases.slice(0, -1).find(({ serial }) => serial === to);
  if (found !== undefined) return found;
  const earlier = releases.slice(0, -1).map(({ serial }) => serial);
  throw new Refusal(
    'release/none-before',
    `${zone} has no release ${to ?? 'before the current one'} to go back to; earlier ones are ${earlier.join(', ') || 'none'}`,
    'see coldsign zone show',
  );
}

/** @throws Refusal release/changed */
function intactFile(session: Session, target: LoggedRelease): string {
  const file = `${releaseFolder(session.paths, parseName(target.zone), target.serial)}/${zoneFileName(target)}`;
  const found = sha256OfFile(file);
  if (found === target.signed) return file;
  throw new Refusal(
    'release/changed',
    `${file} has the sha256 ${found ?? 'of a file that is not there'}, the log says ${target.signed}`,
    'go back to another release with --to, or bring the file back from a copy',
  );
}

/**
 * Keys come and go by rollovers alone: caches know of the keys of now, not of those of then.
 * @throws Refusal release/rollback-keys
 */
function refuseOtherKeys(state: State, zone: string, target: LoggedRelease): void {
  const current = state.zones[zone]?.releases.at(-1)?.keyTags ?? [];
  if (current.toSorted().join() === target.keyTags.toSorted().join()) return;
  throw new Refusal(
    'release/rollback-keys',
    `release ${target.serial} of ${zone} has the keys ${target.keyTags.join(', ')}, the newest has ${current.join(', ')}: caches that hold one and get the other find the zone bogus`,
    'go back without --its-keys: the data of then, signed with the keys of now; keys come back by coldsign roll cancel or a rollover of their own',
  );
}

function allowedLimits(config: Config, zone: ZoneConfig, reason: string): ReadonlyMap<OverridableRule, string> {
  const rules = config.policies[zone.policy]!.gate.overridable.filter((rule) => rule.startsWith('limit-'));
  return new Map(rules.map((rule) => [rule, reason]));
}
