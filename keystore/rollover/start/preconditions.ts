import { Refusal } from '../../../signer/errors.ts';
import { sameSet } from '../contents.ts';
import { isHidden, type RecordState, type RollRules, type ZoneRoll } from '../model.ts';
import { momentText } from '../moment-text.ts';
import { earliestEnd } from './earliest-end.ts';
import { isOwn, ownWanted } from './keys.ts';

/**
 * Rollovers of a zone are serialised: one at a time.
 * @throws Refusal roll/running
 */
export function refuseRunning(zone: ZoneRoll, rules: RollRules, now: number): void {
  if (zone.roll === undefined) return;
  const { id, kind } = zone.roll;
  const end = earliestEnd(zone, rules, now);
  throw new Refusal(
    'roll/running',
    `rollover ${id} (${kind}) is under way, and a zone has one at a time; ${end === undefined ? 'nothing tells when it can end' : `it can end at ${momentText(end)} at the earliest`}${missingEvidence(zone)}`,
    'let it end (roll status tells what it waits for), or cancel it',
  );
}

function missingEvidence({ keys }: ZoneRoll): string {
  const awaited = keys.flatMap((key) =>
    Object.entries(key.records).flatMap(([record, state]) => (isAwaited(state) ? [`${record.toUpperCase()} of key ${key.keyTag}`] : [])),
  );
  return awaited.length === 0 ? '' : `, once there is evidence about ${awaited.join(', ')}`;
}

const isAwaited = (state: RecordState): boolean => (state.kind === 'rumoured' || state.kind === 'unretentive') && state.from === 'awaited';

/**
 * A rollover starts from a state that is known: every record is with all caches or with none.
 * @throws Refusal roll/not-signed, roll/unsettled, roll/ds-unknown
 */
export function refuseUnsettled(zone: ZoneRoll): void {
  refuseUnsigned(zone);
  for (const key of zone.keys.filter(isOwn)) {
    for (const [record, state] of Object.entries(key.records)) {
      if (state.kind === 'hidden' || state.kind === 'omnipresent') continue;
      if (record === 'ds' && state.from === 'awaited')
        refuseDsUnknown(`the DS of key ${key.keyTag} is ${state.kind} since ${state.since}, and was not seen since`);
      throw new Refusal(
        'roll/unsettled',
        `the ${record.toUpperCase()} of key ${key.keyTag} is ${state.kind} since ${state.since}; it must be omnipresent or hidden before a rollover starts`,
        'hand in evidence that the current release is published, and wait until caches have it (roll status tells the time)',
      );
    }
  }
}

/** @throws Refusal roll/not-signed */
export function refuseUnsigned(zone: ZoneRoll): void {
  if (ownWanted(zone).some((key) => !isHidden(key))) return;
  throw new Refusal(
    'roll/not-signed',
    'the zone has no key that is published, so there is nothing to roll',
    'give it keys first: coldsign zone sign where it never was signed, coldsign roll start --first-signing where it went insecure',
  );
}

/**
 * What the parent has is seen, by all of its servers, and is what it was asked for: a request that is still on its way can undo a later
 * step (RFC 7344 9).
 * @throws Refusal roll/ds-unknown, roll/request-outstanding
 */
export function refuseParentUnknown(zone: ZoneRoll): void {
  const { request, observed } = zone.parent;
  if (observed.kind === 'unknown') refuseDsUnknown('nobody has looked for the DS of this zone');
  if (observed.kind === 'mixed') refuseDsUnknown(`the servers of the parent zone did not agree on the DS at ${observed.at}`);
  if (observed.kind !== 'settled' || request === undefined || sameSet(observed.keys, request.keys)) return;
  throw new Refusal(
    'roll/request-outstanding',
    `the parent was asked for the DS of ${listed(request.keys)}, and has that of ${listed(observed.keys)}`,
    'see to it that the parent has what it was asked for, and hand in evidence of it',
  );
}

/** Some cache or the parent may have a DS of the zone's keys. */
export function hasDs(zone: ZoneRoll): boolean {
  return zone.keys.some((key) => (key.records.ds?.kind ?? 'hidden') !== 'hidden');
}

function refuseDsUnknown(why: string): never {
  throw new Refusal(
    'roll/ds-unknown',
    `${why}; what the parent has must be known before a rollover starts`,
    'look for the DS on every server of the parent zone and hand in that evidence',
  );
}

const listed = (keys: readonly string[]): string => (keys.length === 0 ? 'no key' : keys.join(', '));
