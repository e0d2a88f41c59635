/** What a new workspace knows of itself. */
export interface NewConfig {
  /** Origin of the audit log. */
  readonly origin: string;
  /** PKCS#11 URIs; relative paths in them are relative to coldsign.yaml. Absent: that of the KSKs. */
  readonly tokens: { readonly ksk: string; readonly zsk?: string; readonly audit?: string };
}

/** coldsign.yaml of a new workspace: one policy, no zone, and an explanation of each part. parseConfig reads it. */
export function defaultConfigText({ origin, tokens }: NewConfig): string {
  return `# yaml-language-server: $schema=coldsign.schema.json
#
# Configuration of this workspace. Edit it, look at what it means, then let it take effect:
#
#   coldsign policy check            what can not work, with the numbers
#   coldsign policy explain default  each value, where it comes from, what it implies
#   coldsign policy apply            from now on, and in the log
#
# \`coldsign policy schema > coldsign.schema.json\` lets editors explain the keys and show mistakes.
# Spans are 30d, 12h, 90s, 2w, 15min or P14D; m alone is refused, for it could be minutes or months.
# Paths are relative to this file.

format: 1

# The audit log's name in the world. It is in every checkpoint, and is never changed.
log:
  origin: ${quoted(origin)}

# Where the keys are: PKCS#11 URIs (RFC 7512) of the tokens, never with a PIN in them. A list means replicas.
tokens:
  ksk: ${quoted(tokens.ksk)}
  zsk: ${quoted(tokens.zsk ?? tokens.ksk)}
  audit: ${quoted(tokens.audit ?? tokens.ksk)}

# How zones are signed, and how keys are replaced. What is left out has its default; the lines with # show defaults.
policies:
  default:
    algorithm: 13                   # ECDSA P-256
    # keys: ksk-zsk                 # csk: one key for both roles
    # nsec3: false                  # RFC 9276: NSEC unless there is a reason; { opt-out: true } for very large zones
    # zonemd: false                 # true: a digest over the zone (RFC 8976)
    # serial-policy: increment      # keep, unixtime, date

    # Signatures. auto: 14 days, or longer where SOA expire, TTLs and the time between visits ask for it.
    signatures-validity: auto
    # signatures-refresh: 5d        # a signature with less than this left is made anew
    # signatures-jitter: 12h        # expirations are spread over this span
    # inception-offset: 1h          # for resolvers whose clock is slow

    # Visits to the signing side: the longest time between two of them, and how late one may be.
    ceremony-interval: 1d
    ceremony-slack: 1d

    # Keys. The range is for zones with several signers; a key whose backup was not drilled within the span is not used.
    # key-tag-range: 0-65535
    # backup-proof-max-age: none

    # Replacing keys (RFC 7583). Change parent-ds-ttl to what the parent really has: a guess has broken whole TLDs.
    # ksk-lifetime: unlimited
    # zsk-lifetime: unlimited
    # zsk-method: pre-publication   # double-signature
    # ksk-method: double-ksk        # double-ds, double-rrset
    # csk-method: pre-publication   # double-signature, delayed-signatures, double-ds
    # algorithm-method: conservative
    # rfc5011: none                 # advised, minimum: where resolvers have the KSK as trust anchor
    # standby-zsk: false
    # standby-ksk: none             # dnskey, ds
    # dnskey-ttl: 1h
    # zone-max-ttl: 1d              # no TTL of the zone may be above this
    # zone-propagation-delay: 5min  # until all secondaries have a new version
    # parent-ds-ttl: 1d
    # parent-propagation-delay: 1h
    # publish-safety: 1h
    # retire-safety: 1h
    # cds-cdnskey-publish: rollover # none, always
    # cds-digest-types: [2]

# The zones: \`coldsign zone add NAME --source FILE\` writes here too.
#
#   example.org:
#     source: zones/example.org.zone
#     owner: Team DNS
#     risk-class: B                 # A: an outage is a crisis. C: nobody would notice
#     policy: default
#     registry: example-registry
#     group: customers              # group in the catalog zone
zones: {}

# What a signed zone must pass to be released. A limit is a number of records, a share of the last release, or both.
gate:
  judges: [named-checkzone, dnssec-verify, ldns-verify-zone, kzonecheck]
  agree: 4                          # how many of them must accept; one that rejects always refuses
  # judge-timeout: 10min
  # limits: { removed: 25%, changed: 50%, delegations: 100, ds: 100, apex: 5 }
  # overridable: [findings, margin, limit-added, limit-removed, limit-changed, limit-delegations, limit-ds, limit-apex]

# What is known of the parents, where it differs from the policy.
#
# registries:
#   example-registry: { parent-ds-ttl: 1h, parent-propagation-delay: 30min, accepts: ds, cds-scan: 12h }

# Who takes part, and how many it takes.
#
# people:
#   alice: { name: Alice A., roles: [custodian], key: VKEY }   # coldsign person new alice --out FILE prints VKEY
#   bob: { name: Bob B., roles: [operator] }
# quorums:
#   policy-apply: { people: [alice, bob], need: 2 }

# What the machine must be for a ceremony: block, warn or off for each check (docs/ceremony-scripts.md).
#
# ceremony:
#   checks: { ENV-WIRELESS: warn }
#   clock-tolerance: 60s
#   hsm-link: eth1                  # the one network interface that may be up
#   program: SHA256                 # of the program that was checked
#   modules: { /usr/lib/softhsm/libsofthsm2.so: SHA256 }

# Keys of witnesses that cosign the log, as they publish them.
#
# witnesses: [witness.example.net/w1+01234567+BASE64]

# Catalog zone (RFC 9432): secondaries pick new zones up by themselves.
#
# catalog: { zone: catalog.example.org, group-by: group }
`;
}

/** JSON strings are YAML strings. */
const quoted = (text: string): string => JSON.stringify(text);
