import * as z from 'zod';
import { CONSEQUENCES, ENVIRONMENT_IDS, ENVIRONMENT_TITLES, type EnvironmentId } from '../ceremony/environment/checks.ts';
import { JUDGES } from '../release/judges.ts';
import { LIMIT_NAMES, OVERRIDABLE_RULES } from './config.ts';
import { knownKeysOf } from './known-keys.ts';
import {
  ALGORITHM,
  DIGEST_TYPE,
  DOMAIN,
  DURATION,
  FINDING_ID,
  HEX,
  INTERFACE,
  LIFETIME,
  LINE,
  MODULE_PATH,
  ORIGIN,
  PERCENT_TEXT,
  PROOF_AGE,
  SHA256,
  TAG_RANGE,
  TOKEN_URI,
  VALIDITY,
  VKEY,
  WORD,
} from './leaf-schema.ts';

const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, `one of ${words.join(', ')}`);
const listOf = <T extends z.ZodType>(item: T, what: string) => z.array(item, `a list of ${what}`);
const truth = (words: string) => z.boolean(words);
const whole = (least: number, most: number) => {
  const words = `a whole number from ${least} to ${most}`;
  return z.int(words).min(least, words).max(most, words);
};

const COUNT = z.int('a number of records').min(0, 'a number of records');
const PERCENT = z.number('a number of per cent').min(0, 'a number of per cent').max(1_000_000, 'a number of per cent');
const LIMIT = z
  .union(
    [
      COUNT,
      PERCENT_TEXT,
      z.literal('none'),
      z.strictObject({ count: COUNT.optional(), percent: PERCENT.optional() }, 'a mapping with count and percent'),
    ],
    'a number of records, a share like 10%, { count, percent } for both, or none',
  )
  .optional();

const GATE_LIMITS = z.strictObject(
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, LIMIT])) as Record<(typeof LIMIT_NAMES)[number], typeof LIMIT>,
  'a mapping of limits',
);

const GATE = z.strictObject(
  {
    judges: listOf(oneOf(JUDGES), 'programs').optional().describe('Programs of others that are asked about every signed zone.'),
    agree: whole(0, JUDGES.length)
      .optional()
      .describe('How many of the judges must accept. One that rejects always refuses the zone. Default: all of them.'),
    'judge-timeout': DURATION.optional().describe('A judge that takes longer is stopped, and does not count as agreeing.'),
    'refuse-findings': listOf(FINDING_ID, 'finding IDs')
      .optional()
      .describe('Warnings and notes of zone check that refuse the zone. Errors always do.'),
    limits: GATE_LIMITS.optional().describe(
      'How far a zone may differ from its last release: a number, a share of the last release like 10%, or both. Both must hold.',
    ),
    overridable: listOf(oneOf(OVERRIDABLE_RULES), 'rules')
      .optional()
      .describe('Rules that an operator may override with --override RULE --reason TEXT. Each override is an exception in the log.'),
  },
  'a mapping',
);

const NSEC3 = z.union(
  [
    truth('true or false'),
    z.strictObject({
      'opt-out': truth('true or false').optional().describe('Leave delegations without DS out of the chain. For very large zones only.'),
      iterations: whole(0, 50).optional().describe('Additional hash iterations; RFC 9276 3.1 asks for 0.'),
      salt: HEX.optional().describe('Salt in hexadecimal; RFC 9276 3.1 asks for none.'),
    }),
  ],
  'true, false, or { opt-out: true }',
);

const ZONEMD_HASH = oneOf(['sha384', 'sha512']);

export const POLICY_SCHEMA = z.strictObject(
  {
    algorithm: ALGORITHM.optional().describe('DNSSEC algorithm of the keys: number or mnemonic.'),
    bits: whole(512, 4096).optional().describe('Size of RSA keys. Other algorithms have one size.'),
    keys: oneOf(['ksk-zsk', 'csk']).optional().describe('ksk-zsk: a key for the keys and one for the data. csk: one key for both.'),
    'ksk-lifetime': LIFETIME.optional().describe('When to replace the KSK (or CSK): unlimited, or a span.'),
    'zsk-lifetime': LIFETIME.optional().describe('When to replace the ZSK: unlimited, or a span.'),
    'zsk-method': oneOf(['pre-publication', 'double-signature'])
      .optional()
      .describe('How a ZSK is replaced (RFC 7583 2.1): its successor is published before, or both sign.'),
    'ksk-method': oneOf(['double-ksk', 'double-ds', 'double-rrset'])
      .optional()
      .describe('How a KSK is replaced (RFC 7583 2.2): two keys, two DS, or both at once.'),
    'csk-method': oneOf(['pre-publication', 'double-signature', 'delayed-signatures', 'double-ds'])
      .optional()
      .describe('How a CSK is replaced (RFC 6781 4.1.3).'),
    'algorithm-method': oneOf(['conservative', 'liberal'])
      .optional()
      .describe('conservative: signatures before keys, and keys gone before signatures (RFC 6781 4.1.4). liberal: both at once.'),
    rfc5011: oneOf(['none', 'advised', 'minimum'])
      .optional()
      .describe(
        'Resolvers have the KSKs as trust anchors (RFC 5011). advised: a revoked key stays 30 days; minimum: as long as resolvers ask.',
      ),
    'standby-zsk': truth('true or false').optional().describe('A further ZSK is published and does not sign, for an emergency.'),
    'standby-ksk': oneOf(['none', 'dnskey', 'ds'])
      .optional()
      .describe('A further KSK is in the DNSKEY RRset (dnskey) or in the DS RRset (ds), for an emergency.'),
    'dnskey-ttl': DURATION.optional().describe('TTL of DNSKEY, CDS and CDNSKEY.'),
    'zone-max-ttl': DURATION.optional().describe('No TTL of the zone may be above this: rollovers wait for it.'),
    'zone-propagation-delay': DURATION.optional().describe('How long until all secondaries serve a new version of the zone.'),
    'parent-ds-ttl': DURATION.optional().describe('TTL of the DS RRset in the parent zone. Measure it there.'),
    'parent-propagation-delay': DURATION.optional().describe('How long until all servers of the parent serve a new DS.'),
    'publish-safety': DURATION.optional().describe(
      'Added to each wait for something that comes while all else stays: a key, the second signature, the second DS.',
    ),
    'retire-safety': DURATION.optional().describe(
      'Added to each wait in which one thing takes the place of another, before the old one goes.',
    ),
    'signatures-validity': VALIDITY.optional().describe(
      'How long signatures last. auto: 14 days, or longer where the zone and the ceremonies need it.',
    ),
    'signatures-validity-dnskey': VALIDITY.optional().describe('The same for signatures over DNSKEY, CDS and CDNSKEY.'),
    'signatures-refresh': DURATION.optional().describe('A signature with less than this left is made anew.'),
    'signatures-jitter': DURATION.optional().describe('Expirations are spread over this span.'),
    'inception-offset': DURATION.optional().describe('How far in the past signatures begin, for clocks that are slow.'),
    'cds-cdnskey-publish': oneOf(['none', 'rollover', 'always']).optional().describe('When to publish CDS and CDNSKEY (RFC 7344).'),
    'cds-digest-types': z
      .union([DIGEST_TYPE, listOf(DIGEST_TYPE, 'digest types').min(1, 'at least one digest type')])
      .optional()
      .describe('Digest types of CDS and DS: 2 (SHA-256), 4 (SHA-384).'),
    nsec3: NSEC3.optional().describe('NSEC3 in place of NSEC: true, or { opt-out: true }.'),
    zonemd: z
      .union([truth('true or false'), ZONEMD_HASH, listOf(ZONEMD_HASH, 'hashes')], 'true, false, sha384, sha512, or a list of hashes')
      .optional()
      .describe('ZONEMD record (RFC 8976): true for sha384.'),
    'serial-policy': oneOf(['keep', 'increment', 'unixtime', 'date']).optional().describe('SOA serial of the signed zone.'),
    'ceremony-interval': DURATION.optional().describe('Longest time between two visits to the signing side.'),
    'ceremony-slack': DURATION.optional().describe('How late a visit may be.'),
    'key-tag-range': TAG_RANGE.optional().describe('Key tags that new keys may have, like 0-32767: for zones with several signers.'),
    'backup-proof-max-age': PROOF_AGE.optional().describe(
      'A key whose backup was not proved by a drill within this span is not used. none: no drill is asked for.',
    ),
    gate: GATE.optional().describe('Members given here replace those of the gate above, for zones of this policy.'),
  },
  'a mapping',
);

const TOKENS = z.union([TOKEN_URI, listOf(TOKEN_URI, 'URIs').min(1, 'at least one URI')], 'a PKCS#11 URI, or a list of them');

export const ZONE_SCHEMA = z.strictObject(
  {
    source: z
      .string('the path of the unsigned zone file')
      .min(1, 'the path of the unsigned zone file')
      .describe('Unsigned zone file; relative to this file.'),
    owner: LINE.optional().describe('Who answers for the zone.'),
    'risk-class': oneOf(['A', 'B', 'C']).optional().describe('A: an outage is a crisis. C: nobody would notice.'),
    policy: WORD.optional().describe('Name of the policy.'),
    mode: oneOf(['full', 'offline-ksk']).optional().describe('full: the whole zone is signed here. offline-ksk: its keys only.'),
    registry: WORD.optional().describe('Name of the registry of the parent.'),
    group: LINE.optional().describe('Group in the catalog zone.'),
  },
  'a mapping with at least source',
);

const REGISTRY = z.strictObject(
  {
    'parent-ds-ttl': DURATION.optional().describe('TTL of DS RRsets there; replaces that of the policy.'),
    'parent-propagation-delay': DURATION.optional().describe('Replaces that of the policy.'),
    accepts: oneOf(['ds', 'dnskey', 'both']).optional().describe('What the registry wants to be given.'),
    'cds-scan': DURATION.optional().describe('How often the registry looks for CDS records. Absent: it does not.'),
  },
  'a mapping',
);

const consequence = (title: string) => oneOf(CONSEQUENCES).optional().describe(title);

const CEREMONY = z.strictObject(
  {
    checks: z
      .strictObject(
        Object.fromEntries(ENVIRONMENT_IDS.map((id) => [id, consequence(ENVIRONMENT_TITLES[id])])) as Record<
          EnvironmentId,
          ReturnType<typeof consequence>
        >,
        'a mapping of checks to block, warn or off',
      )
      .optional()
      .describe('What a finding about the machine does: block, warn or off.'),
    'clock-tolerance': DURATION.optional().describe('How far the clock of the machine may be apart from that of the witness.'),
    'hsm-link': INTERFACE.optional().describe('Network interface that leads to an HSM. All others must be down.'),
    program: SHA256.optional().describe('sha256 of the program that was checked, as session.open in the log has it.'),
    modules: z
      .record(MODULE_PATH, SHA256, 'a mapping of paths to sha256')
      .optional()
      .describe('sha256 of the file of each PKCS#11 module, by its absolute path.'),
  },
  'a mapping',
);

const byName = <T extends z.ZodType>(key: z.ZodString, value: T) => z.record(key, value, 'a mapping').nullable().optional();

/** coldsign.yaml as it is written: no defaults, spans as text. Its JSON Schema is what editors get. */
export const CONFIG_SCHEMA = z.strictObject(
  {
    format: z.literal(1, '1').describe('Version of this format.'),
    log: z.strictObject(
      { origin: ORIGIN.describe('Name of the audit log: no other log in the world has it. It is never changed.') },
      'a mapping with origin',
    ),
    tokens: z
      .strictObject(
        {
          ksk: TOKENS.describe('Token with the KSKs and CSKs. Several: replicas, the first one is used first.'),
          zsk: TOKENS.optional().describe('Token with the ZSKs. Default: that of the KSKs.'),
          audit: TOKENS.optional().describe('Token with the key of the audit log. Default: that of the KSKs.'),
        },
        'a mapping with ksk, zsk and audit',
      )
      .describe('PKCS#11 URIs (RFC 7512) of the tokens, by what they are for. Never with a PIN.'),
    policies: byName(WORD, POLICY_SCHEMA.nullable()).describe(
      'Parameters of signing and of rollovers, by name. `default` is for zones that name none.',
    ),
    zones: byName(DOMAIN, ZONE_SCHEMA).describe('The zones, by name.'),
    registries: byName(WORD, REGISTRY).describe('What is known of the registries of the parents.'),
    people: byName(
      WORD,
      z.strictObject(
        {
          name: LINE.describe('As it stands in reports.'),
          roles: listOf(WORD, 'roles').optional(),
          key: VKEY.optional().describe(
            'Verifier key of the person, as coldsign person new prints it: what the person agrees to is signed by it.',
          ),
        },
        'a mapping with name, roles and key',
      ),
    ).describe('Who takes part, by short name.'),
    quorums: byName(
      WORD,
      z.strictObject(
        { people: listOf(WORD, 'short names'), need: whole(1, 99).describe('How many of them it takes.') },
        'a mapping with people and need',
      ),
    ).describe('How many people an act takes, by act.'),
    gate: GATE.optional().describe('What a signed zone must pass to be released.'),
    witnesses: listOf(VKEY, 'verifier keys').nullable().optional().describe('Verifier keys of witnesses that cosign the log.'),
    catalog: z
      .strictObject(
        {
          zone: DOMAIN.describe('Name of the catalog zone (RFC 9432).'),
          'group-by': oneOf(['none', 'group', 'owner', 'risk-class', 'policy'])
            .optional()
            .describe('What makes the group of a member zone.'),
        },
        'a mapping with zone and group-by',
      )
      .nullable()
      .optional()
      .describe('Catalog zone from which secondaries learn of new zones.'),
    ceremony: CEREMONY.nullable().optional().describe('What the machine must be for a ceremony.'),
  },
  'a mapping',
);

export type RawConfig = z.infer<typeof CONFIG_SCHEMA>;
export type RawPolicy = z.infer<typeof POLICY_SCHEMA>;
export type RawGate = z.infer<typeof GATE>;
export type RawZone = z.infer<typeof ZONE_SCHEMA>;
export type RawLimit = z.infer<typeof LIMIT>;

/** The keys that are known in the mapping at a path; of a union, those of all its forms. */
export const knownKeys = (path: readonly (string | number)[]): readonly string[] => knownKeysOf(CONFIG_SCHEMA, path);
