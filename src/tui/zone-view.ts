import { labelOf, type RecordName } from '../../keystore/rollover/model.ts';
import type { Answer } from '../../tui/data.ts';
import type { LoggedRelease } from '../audit/entry.ts';
import { parseMoment } from '../config/time-text.ts';
import { signatureTimesOf } from '../release/signature-times.ts';
import { type RollKeyOverview, rollOverview } from '../rollover/roll-overview.ts';
import { zoneOf } from '../workspace/configured-zone.ts';
import type { View } from './view.ts';
import { zoneRow } from './zone-rows.ts';

/** One zone: its keys with the states of their records, what is ready and what is waited for, its releases. @throws Refusal workspace/unknown-zone */
export function zoneView(view: View, name: string, now: number): Answer {
  const zone = zoneOf(view.config, name);
  const { keys, ready, waits } = rollOverview(view, zone, now);
  const releases = view.state.zones[zone.name]?.releases ?? [];
  return {
    of: 'zone',
    zone: name,
    view: {
      row: zoneRow(view, zone, now),
      source: zone.source,
      mode: zone.mode,
      keys: keys.map(keyOf),
      ready,
      waits: waits.map(({ text }) => text),
      releases: releases
        .map((release, i) => ({
          serial: release.serial,
          from: parseMoment(release.validFrom, now),
          ...untilOf(release),
          records: release.records,
          isCurrent: i === releases.length - 1,
        }))
        .reverse(),
    },
  };
}

function untilOf(release: LoggedRelease): { readonly until?: number } {
  const times = signatureTimesOf(release);
  return times === undefined ? {} : { until: times.validUntil };
}

function keyOf(key: RollKeyOverview) {
  const of = (record: RecordName): string => key.records[record]?.kind ?? '-';
  return {
    label: labelOf(key),
    algorithm: key.algorithm,
    state: key.state.kind,
    dnskey: of('dnskey'),
    krrsig: of('krrsig'),
    zrrsig: of('zrrsig'),
    ds: of('ds'),
  };
}
