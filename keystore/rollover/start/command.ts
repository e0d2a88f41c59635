import type { ZoneRoll } from '../model.ts';
import type { StartWhat } from './what.ts';

/**
 * Command line that begins what no visit begins by itself: a change of policy changes no keys, and a first signing publishes the zone.
 * undefined: it takes more than the zone knows, as what another operator has.
 */
export function beginCommand(zoneName: string, zone: ZoneRoll, what: StartWhat): string | undefined {
  if (what.kind === 'first-signing') return `coldsign zone sign ${zoneName}`;
  const options = optionsOf(zone, what);
  return options === undefined ? undefined : `coldsign roll start --zone ${zoneName} ${options} --reason TEXT`;
}

function optionsOf(zone: ZoneRoll, what: Exclude<StartWhat, { kind: 'first-signing' }>): string | undefined {
  switch (what.kind) {
    case 'to-csk':
    case 'to-split':
      return `--to ${what.kind.slice('to-'.length)}`;
    case 'algorithm':
      return what.algorithm === undefined ? undefined : `--algorithm ${what.algorithm}`;
    case 'standby':
      return `--standby ${what.role} --how ${what.how}`;
    case 'emergency':
      return `--emergency ${zone.keys.find(({ name }) => name === what.key)!.keyTag} --keep`;
    case 'zsk':
    case 'ksk':
    case 'csk':
      return `--role ${what.kind} --known-elsewhere-from TIME`;
    default:
      return undefined;
  }
}
