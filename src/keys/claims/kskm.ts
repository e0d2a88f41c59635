import { algorithmNumberFromText } from '../../../signer/dnssec/algorithm.ts';
import { readYaml } from '../../config/document.ts';
import { ClaimProblem, type ClaimSource, type KeyClaim } from './claim.ts';

interface KskmKey {
  readonly label?: unknown;
  readonly key_tag?: unknown;
  readonly algorithm?: unknown;
  readonly ds_sha256?: unknown;
}

/**
 * The `keys` of a ksrsigner.yaml: KSKs that have a label and often no CKA_ID. Where it has the DS digest, that alone decides which key is meant;
 * else label and key tag.
 */
export function parseKskmKeys({ text, file }: ClaimSource): KeyClaim[] {
  return Object.entries(keysOf(text) ?? {}).map(([name, given]): KeyClaim => {
    const key = given ?? {};
    const where = `${file}, keys: ${name}`;
    const algorithm = algorithmNumberFromText(String(key.algorithm ?? ''));
    if (typeof key.label !== 'string' || algorithm === undefined)
      throw new ClaimProblem(`keys: ${name} has ${typeof key.label === 'string' ? 'no algorithm that is known' : 'no label'}`);
    const digest = typeof key.ds_sha256 === 'string' ? key.ds_sha256.replaceAll(/\s/g, '').toLowerCase() : undefined;
    const tag = typeof key.key_tag === 'number' ? key.key_tag : undefined;
    if (digest === undefined && tag === undefined)
      throw new ClaimProblem(`keys: ${name} has neither ds_sha256 nor key_tag, so any key of its label would do`);
    return {
      from: 'kskm',
      where,
      role: 'ksk',
      algorithm,
      label: key.label,
      ...(tag === undefined ? {} : { keyTag: tag }),
      ...(digest === undefined ? {} : { dsSha256: digest }),
    };
  });
}

export function isKskmConfig(text: string): boolean {
  const keys = keysOf(text);
  return keys !== undefined && Object.values(keys).some((key) => typeof key?.label === 'string');
}

/** @returns undefined where the text is no such file */
function keysOf(text: string): Readonly<Record<string, KskmKey | null>> | undefined {
  const value = readYaml(text).value as { keys?: unknown } | null | undefined;
  const keys = typeof value === 'object' && value !== null ? value.keys : undefined;
  return typeof keys === 'object' && keys !== null ? (keys as Record<string, KskmKey | null>) : undefined;
}
