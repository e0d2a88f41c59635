import type { Counterexample } from './counterexample.ts';
import type { DataContent, DnskeyContent, DsContent, KeyId, Usable, Validity } from './history.ts';
import type { AlgorithmSet, BogusReason, Profile, Verdict } from './validate.ts';
import { durationText, list, timeText } from './words.ts';

export interface StoryOptions {
  /** How a key is called; absent: by its id. */
  readonly nameOf?: (id: KeyId) => string;
}

/**
 * A counterexample in plain English: which resolver asked which server for what at which time, what that server still or already gave out, and why
 * validation fails when. The same counterexample gives the same text; lines end in a line feed.
 */
export function storyOf(failure: Counterexample, { nameOf = (id) => id }: StoryOptions = {}): string {
  const { at, profile, supported, verdict, ds, dnskey, data, isKept } = failure;
  const keys = (ids: readonly KeyId[]): string => list(ids.map(nameOf), 'no key');
  // Keys that are kept were got no later than their DS ran out.
  const met = isKept ? Math.min(at, dnskey.servedUntil, ds.to) : at;
  const validated = isKept ? Math.max(met, ds.from) : at;
  const steps = [
    gets(`the DS RRset ${dsText(ds.content, keys)}`, useOf(ds, validated)),
    gets(`the DNSKEY RRset ${dnskeyText(dnskey.content, keys)}`, useOf(dnskey, met)),
    ...(isKept ? [{ at: validated, text: keptText(failure, validated, met) }] : []),
    gets(`data (${data.name}) ${dataText(data.content, keys)}`, useOf(data, at)),
  ].sort((a, b) => a.at - b.at);
  return [
    `At ${timeText(at)} a resolver ${verdict.kind === 'bogus' ? 'answers SERVFAIL' : 'takes the zone for unsigned'}.`,
    `It ${PROFILES[profile]}, and knows ${algorithmsText(supported)}.`,
    ...steps.map((step) => `${timeText(step.at)}: ${step.text}.`),
    `${timeText(at)}: ${whyText(verdict, failure, keys)}.`,
    '',
  ].join('\n');
}

const PROFILES: Readonly<Record<Profile, string>> = {
  L: 'accepts any one valid path (profile L, RFC 6840 5.11)',
  D: 'wants a valid path for each algorithm of the DS RRset (profile D)',
  S: 'wants signatures by each algorithm of the DNSKEY RRset (profile S, RFC 4035 2.2)',
};

interface Step {
  readonly at: number;
  readonly text: string;
}

const gets = (what: string, { fetchedAt, server, kept }: Use): Step => ({ at: fetchedAt, text: `it gets ${what} from ${server}; ${kept}` });

/** @param validated when it had both @param met when the DNSKEY RRset came */
function keptText({ ds, dnskey }: Counterexample, validated: number, met: number): string {
  const last = validated === ds.to ? ', in the last moment before that runs out,' : '';
  return `it validates the DNSKEY RRset with the DS RRset${last} and keeps it as validated by its own TTL, until before ${timeText(met + dnskey.content.ttl)}`;
}

interface Use {
  /** The latest moment at which what is used could be got. */
  readonly fetchedAt: number;
  readonly server: string;
  readonly kept: string;
}

/** How the version comes to be in use at a time: got at that time if somebody gives it out, else at the last moment at which somebody did. */
function useOf(version: Usable<{ readonly ttl: number }>, at: number): Use {
  const { source, supersededAt, servedUntil, content } = version;
  const fetchedAt = Math.min(at, servedUntil);
  const where = source === 'parent' ? 'a server of the parent' : `a server of ${source}`;
  const server = `${where}${servedText(fetchedAt, { supersededAt, servedUntil })}`;
  const ends = Math.min(fetchedAt + content.ttl, version.to);
  return { fetchedAt, server, kept: `TTL ${durationText(content.ttl)}, kept until before ${timeText(ends)}` };
}

/** Why a server gives it out at that moment, where that is not a matter of course. */
function servedText(at: number, { supersededAt, servedUntil }: { supersededAt: number; servedUntil: number }): string {
  if (at < supersededAt) return at === servedUntil ? ', in the last moment in which that one is asked' : '';
  if (at === supersededAt) return ', in the last moment before the next version';
  return ` that still gives out what was there before ${timeText(supersededAt)} (the last one does so until ${timeText(servedUntil)})`;
}

type Keys = (ids: readonly KeyId[]) => string;

function dsText({ keys, validity }: DsContent, names: Keys): string {
  return keys.length === 0 ? '(there is none)' : `of ${names(keys.map(({ id }) => id))}${validityText(validity)}`;
}

/** The keys of a DNSKEY RRset and who signs it. */
export function dnskeyText({ keys, signers, validity }: DnskeyContent, names: Keys): string {
  if (keys.length === 0) return '(there is none)';
  const revoked = keys.filter((key) => key.revoked).map(({ id }) => id);
  const bits = revoked.length === 0 ? '' : `, ${names(revoked)} revoked`;
  return `with ${names(keys.map(({ id }) => id))}${bits}, signed by ${names(signers)}${validityText(validity)}`;
}

function dataText({ signers, validity }: DataContent, names: Keys): string {
  return signers.length === 0 ? 'without signature' : `signed by ${names(signers)}${validityText(validity)}`;
}

function validityText(validity: Validity | undefined): string {
  return validity === undefined ? '' : ` (valid from ${timeText(validity.inception)} to ${timeText(validity.expiration)})`;
}

function algorithmsText(supported: AlgorithmSet): string {
  if (supported === 'all') return 'all algorithms';
  return supported.length === 1 ? `algorithm ${supported[0]} only` : `algorithms ${list(supported.map(String), 'none')} only`;
}

function whyText(verdict: Exclude<Verdict, { kind: 'secure' }>, failure: Counterexample, keys: Keys): string {
  if (verdict.kind === 'bogus') return reasonText(verdict.reason, failure, keys);
  return verdict.reason === 'no-ds'
    ? 'there is no DS RRset, so nothing is validated, while policy says that the zone is secure'
    : 'it knows no algorithm of the DS RRset, so nothing is validated, while policy says that the zone is secure';
}

function reasonText(
  reason: BogusReason,
  { ds, dnskey, data, isKept }: Pick<Counterexample, 'ds' | 'dnskey' | 'data' | 'isKept'>,
  keys: Keys,
): string {
  switch (reason.kind) {
    case 'ds-key-missing':
      return dnskey.content.keys.length === 0
        ? `the DS RRset says that the zone is signed by ${keys(reason.keys)}, and there is no DNSKEY RRset`
        : `the DS RRset names ${keys(reason.keys)}, which the DNSKEY RRset does not have: no chain of trust`;
    case 'ds-key-revoked':
      return `the DS RRset names ${keys(reason.keys)}, revoked in the DNSKEY RRset: no chain of trust`;
    case 'ds-key-not-signing':
      return `the DS RRset names ${keys(reason.keys)}, which does not sign the DNSKEY RRset: no chain of trust`;
    case 'unsigned':
      return isKept
        ? `data (${data.name}) without signature for a resolver that has keys of the zone as validated`
        : `data (${data.name}) without signature under a DS RRset that says the zone is signed by ${keys(ds.content.keys.map(({ id }) => id))}`;
    case 'signed-by-others':
      return `data (${data.name}) signed by ${keys(reason.signers)} only, which the DNSKEY RRset does not have as a key to sign with: no signature counts`;
    case 'algorithm-without-anchor':
      return `the DS RRset has algorithm ${reason.algorithm}, of which no key that it names signs the DNSKEY RRset`;
    case 'algorithm-without-signature':
      return `the ${reason.of} RRset has algorithm ${reason.algorithm}, of which no signature is over data (${data.name})`;
    case 'outside-validity':
      return `for a clock that says ${timeText(reason.clock)} the signature over ${signedName(reason.of, data.name)} is not valid`;
    default:
      return reason satisfies never;
  }
}

function signedName(of: 'ds' | 'dnskey' | 'data', data: string): string {
  return of === 'ds' ? 'the DS RRset' : of === 'dnskey' ? 'the DNSKEY RRset' : `data (${data})`;
}
