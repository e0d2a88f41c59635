import { algorithmByNumber, algorithmLabel } from '../../../signer/dnssec/algorithm.ts';
import { spanText } from '../../config/span-text.ts';
import type { PolicyBuilder, SourceElement } from './report.ts';

/** A key that a foreign policy wants. */
export interface SourceKey {
  readonly role: 'csk' | 'ksk' | 'zsk';
  /** 0: without end. */
  readonly lifetime: { readonly from: SourceElement; readonly seconds: number };
  readonly algorithm: { readonly from: SourceElement; readonly number: number };
  readonly bits?: { readonly from: SourceElement; readonly count: number };
}

/** A policy here has one algorithm, and one key of each role: a KSK and a ZSK, or a CSK. What is more is dropped. */
export function importKeys(keys: readonly SourceKey[], from: SourceElement, builder: PolicyBuilder): void {
  const csk = keys.find(({ role }) => role === 'csk');
  const chosen = csk === undefined ? [keys.find(({ role }) => role === 'ksk'), keys.find(({ role }) => role === 'zsk')] : [csk];
  const used = chosen.filter((key) => key !== undefined);
  const [first] = used;
  if (first === undefined) {
    builder.drop(from, 'it names no key: the defaults hold');
    return;
  }
  const algorithm = first.algorithm.number;
  const isWhole = used.length === (csk === undefined ? 2 : 1);
  const form = { ...from, value: used.map(({ role }) => role).join(' and ') };
  if (isWhole) builder.carry(form, 'keys', csk === undefined ? 'ksk-zsk' : 'csk');
  else builder.change(form, 'a KSK and a ZSK, or a CSK: the other one is added', 'keys', 'ksk-zsk');
  for (const key of keys) {
    if (!used.includes(key)) dropKey(key, 'a policy has one key of a role here', builder);
    else importKey(key, algorithm, builder);
  }
  importBits(used, algorithm, builder);
}

function importKey({ role, lifetime, algorithm }: SourceKey, wanted: number, builder: PolicyBuilder): void {
  const knob = role === 'zsk' ? 'zsk-lifetime' : 'ksk-lifetime';
  builder.carry(lifetime.from, knob, lifetime.seconds === 0 ? 'unlimited' : spanText(lifetime.seconds));
  const refused = algorithmByNumber(wanted)?.refused;
  if (algorithm.number !== wanted) builder.change(algorithm.from, `a policy has one algorithm here: ${algorithmLabel(wanted)}`);
  else if (refused === undefined) builder.carry(algorithm.from, 'algorithm', wanted);
  else builder.change(algorithm.from, `${refused}; roll to algorithm 13 before these zones are signed here`, 'algorithm', 13);
}

/** One size for all keys: the largest. */
function importBits(keys: readonly SourceKey[], algorithm: number, builder: PolicyBuilder): void {
  const sizes = keys.flatMap(({ bits }) => (bits === undefined ? [] : [bits]));
  const most = Math.max(...sizes.map(({ count }) => count));
  const isRsa = algorithmByNumber(algorithm)?.form.kind === 'rsa' && algorithmByNumber(algorithm)?.refused === undefined;
  for (const { from, count } of sizes) {
    if (!isRsa) builder.drop(from, `keys of algorithm ${builder.members['algorithm']} have one size`);
    else if (count === most) builder.carry(from, 'bits', most);
    else builder.change(from, 'all keys of a policy have one size here, that of the largest', 'bits', most);
  }
}

function dropKey({ lifetime, algorithm, bits }: SourceKey, reason: string, builder: PolicyBuilder): void {
  for (const { from } of [lifetime, algorithm, ...(bits === undefined ? [] : [bits])]) builder.drop(from, reason);
}
