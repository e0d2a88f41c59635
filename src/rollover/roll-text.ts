import { type KeyName, labelOf, type Move, type RollKey, type Wait, type ZoneRoll } from '../../keystore/rollover/model.ts';
import { isoText } from '../config/time-text.ts';
import { intervalText } from '../plan/interval-text.ts';

const RECORD = { dnskey: 'DNSKEY', krrsig: 'signatures over the keys', zrrsig: 'signatures over the data', ds: 'DS' } as const;

/** `DNSKEY of ZSK 4711 → omnipresent` */
export function moveText(zone: ZoneRoll, move: Move): string {
  const name = keyText(zone, move.key);
  return move.kind === 'revoke' ? `${name} is revoked` : `${RECORD[move.record]} of ${name} ${move.to}`;
}

/** `ZSK 4711`; where another key of the zone has the tag too, `ZSK 13-4711-0123456789abcdef`. */
export function keyText({ keys }: Pick<ZoneRoll, 'keys'>, name: KeyName): string {
  const key = keys.find((one) => one.name === name);
  return key === undefined ? name : keyLabel(key, keys);
}

/** As keyText(), of a key at hand. */
export function keyLabel(key: Parameters<typeof labelOf>[0], keys: readonly Pick<RollKey, 'name' | 'keyTag'>[]): string {
  const isShared = keys.some(({ name, keyTag }) => keyTag === key.keyTag && name !== key.name);
  return isShared ? labelOf(key).replace(` ${key.keyTag}`, ` ${key.name}`) : labelOf(key);
}

const EVIDENCE = {
  published: 'all servers of the zone seen with it',
  'ds-seen': 'its DS seen on all servers of the parent',
  'ds-gone': 'its DS gone from all servers of the parent',
  none: '',
} as const;

/** What is waited for, with numbers. */
export function waitText(zone: ZoneRoll, { move, until, interval, evidence, because }: Wait): string {
  const when =
    until === 'evidence'
      ? `evidence: ${EVIDENCE[evidence] || 'what is published'}`
      : until === 'rules'
        ? because
        : `until ${isoText(until)}`;
  const formula = interval === undefined ? '' : `; ${intervalText(interval)}`;
  return `${moveText(zone, move)}: ${when}${formula}${until !== 'rules' && because !== '' ? `; ${because}` : ''}`;
}
