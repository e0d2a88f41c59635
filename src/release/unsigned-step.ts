import { contentsOf } from '../../keystore/rollover/contents.ts';
import type { Roll, RollRules, ZoneRoll } from '../../keystore/rollover/model.ts';
import { isInsecure } from '../../keystore/rollover/rules.ts';
import { Refusal } from '../../signer/errors.ts';
import { note } from '../io.ts';
import { rollRulesOf } from '../rollover/roll-rules.ts';
import { unsignedBogus } from '../state/unsigned-text.ts';
import type { Session } from '../workspace/session.ts';
import type { ReleaseInput } from './read-source.ts';

/**
 * Is this release to have no signatures? Only a rollover that takes the zone back to insecure ends with such a one, when no cache has a DS any more; and
 * what comes after it, until keys are in use again.
 * @throws Refusal roll/unsigned where there is nothing to sign with, and it is not for that
 */
export function isToBeUnsigned(
  session: Session,
  { zone: { name }, previous, step }: Pick<ReleaseInput, 'zone' | 'previous' | 'step'>,
): boolean {
  if (!isUnsigned(step.zone)) return false;
  if (previous?.release.kind === 'unsigned') {
    const bogus = unsignedBogus(name, step.zone);
    if (bogus !== undefined) note(session.io, `warning: ${name}: ${bogus}`);
    return true;
  }
  refuseSigned(name, step.zone, rollRulesOf(session.config, session.config.zones[name]!));
  return true;
}

/** By its states it has no keys, and none signs. */
export function isUnsigned(zone: ZoneRoll): boolean {
  const { dnskey, signsKeys, signsZone } = contentsOf(zone, { cds: 'none' });
  return dnskey.length + signsKeys.length + signsZone.length === 0;
}

/** @throws Refusal roll/unsigned */
function refuseSigned(name: string, zone: ZoneRoll, rules: RollRules): void {
  const { roll, keys } = zone;
  if (roll !== undefined && endsUnsigned(roll) && isInsecure(zone, rules)) return;
  if (keys.some(({ operator }) => operator !== 'self')) {
    throw new Refusal(
      'roll/unsigned',
      `this signer has left ${name} to other operators: it has no key and no signature in it any more`,
      'they sign it now: take it out of coldsign.yaml and run coldsign policy apply',
    );
  }
  throw new Refusal(
    'roll/unsigned',
    `by its rollover ${name} has no keys and no signatures any more, and ${roll !== undefined && endsUnsigned(roll) ? 'a DS of it may be at the parent or in caches' : 'it did not go insecure'}`,
    `coldsign roll status --zone ${name} tells the states of its keys; evidence of what the parent has: coldsign evidence import FILE`,
  );
}

/** Going insecure, and a first signing that turned back before it had a DS. */
function endsUnsigned({ kind, isBack = false }: Roll): boolean {
  return (kind === 'insecure' && !isBack) || (kind === 'first-signing' && isBack);
}
