import type { RollRules, ZoneRoll } from './model.ts';
import { startEmergency, startLost } from './start/emergency.ts';
import { refuseUnknownElsewhere, startJoin, startLeave } from './start/operators.ts';
import { startRole } from './start/role.ts';
import { startAlgorithm, startFirstSigning, startInsecure, startSplit } from './start/shape.ts';
import { startRevoke, startStandby } from './start/standby.ts';
import type { StartCall, StartWhat } from './start/what.ts';

/**
 * Goals, links and the record of a rollover; no record of a key moves, but where the chain of trust is broken on purpose. Steps and waits follow
 * from the goals alone, so a wait that is over (a standby key) is not waited for again.
 * @throws Refusal roll/…: one code for each thing that stands in the way
 */
export function start(zone: ZoneRoll, rules: RollRules, what: StartWhat, call: StartCall): ZoneRoll {
  const begun = begunBy(zone, rules, what, call);
  refuseUnknownElsewhere(zone, begun, call);
  return begun;
}

function begunBy(zone: ZoneRoll, rules: RollRules, what: StartWhat, call: StartCall): ZoneRoll {
  switch (what.kind) {
    case 'first-signing':
      return startFirstSigning(zone, rules, what, call);
    case 'zsk':
    case 'ksk':
    case 'csk':
      return startRole(zone, rules, what, call);
    case 'algorithm':
      return startAlgorithm(zone, rules, what, call);
    case 'to-csk':
    case 'to-split':
      return startSplit(zone, rules, what, call);
    case 'insecure':
      return startInsecure(zone, rules, call);
    case 'standby':
      return startStandby(zone, rules, what, call);
    case 'revoke':
      return startRevoke(zone, rules, what, call);
    case 'emergency':
      return startEmergency(zone, rules, what, call);
    case 'lost':
      return startLost(zone, rules, what, call);
    case 'join':
      return startJoin(zone, rules, what, call);
    case 'leave':
      return startLeave(zone, rules, what, call);
    default:
      return what satisfies never;
  }
}
