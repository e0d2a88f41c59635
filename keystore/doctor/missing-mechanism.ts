import { generationMechanism, signForms } from '../pkcs11/mechanisms.ts';
import type { MechanismSummary } from '../pkcs11/protocol.ts';

/** What a token would have to list to make keys of the algorithm and sign with them. @returns undefined where it does */
export function missingMechanism(algorithm: number, mechanisms: readonly MechanismSummary[]): string | undefined {
  const has = (name: string | undefined): boolean => mechanisms.some((mechanism) => mechanism.name === name);
  const make = generationMechanism(algorithm);
  if (!has(make)) return make ?? 'key generation';
  const forms = signForms(algorithm).map((form) => form.mechanism);
  return forms.some(has) ? undefined : forms.join(' and ');
}
