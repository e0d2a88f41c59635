import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Refusal } from '../../signer/errors.ts';
import { defaultConfigText } from '../../src/config/default-config.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { isValid, type JsonSchema } from './json-schema-validator.ts';

const SCHEMA = configJsonSchema() as JsonSchema;
const HEAD = 'format: 1\nlog: { origin: a }\ntokens: { ksk: "pkcs11:token=a" }\n';
const inPolicy = (members: string) => `${HEAD}policies: { p: { ${members} } }\n`;

const GOOD = [
  HEAD,
  defaultConfigText({ origin: 'a.b/c', tokens: { ksk: 'pkcs11:token=a' } }),
  `${HEAD}policies: { p: ~, q: { algorithm: ED25519, nsec3: { opt-out: false }, zonemd: sha512, cds-digest-types: 4 } }\nzones:\n`,
  inPolicy('zsk-lifetime: P1M, ksk-lifetime: unlimited, signatures-validity: 2w1d, dnskey-ttl: 0, retire-safety: "60"'),
  inPolicy(
    'gate: { limits: { added: 10%, removed: 5, changed: none, ds: { count: 1 } }, refuse-findings: [ZONE-WILDCARD-NS], overridable: [margin] }',
  ),
  `${HEAD}zones: { example.org: { source: x, owner: Ü, risk-class: C, mode: offline-ksk, group: g } }\nwitnesses: [w.example+01234567+AAAA]\n`,
];

const BAD = [
  'format: 1\n',
  HEAD.replace('format: 1', 'format: 2'),
  HEAD.replace('origin: a', 'origin: a+b'),
  HEAD.replace('pkcs11:', 'pkcs12:'),
  HEAD.replace('token=a', 'token=a?pin-value=1'),
  `${HEAD}zone: {}\n`,
  inPolicy('zsk-lifetime: 30m'),
  inPolicy('zsk-lifetime: 0'),
  inPolicy('dnskey-ttl: auto'),
  inPolicy('dnskey-ttl: PT'),
  inPolicy('dnskey-ttl: -5'),
  inPolicy('dnskey-ttl: 1.5'),
  inPolicy('dnskey-ttl: 1D'),
  inPolicy('keys: zsk'),
  inPolicy('nsec3: yes'),
  inPolicy('nsec3: { optout: true }'),
  inPolicy('nsec3: { salt: abc }'),
  inPolicy('cds-digest-types: []'),
  inPolicy('gate: { limits: { added: 10 % } }'),
  inPolicy('gate: { limits: { add: 10 } }'),
  inPolicy('gate: { judges: [nobody] }'),
  inPolicy('gate: { refuse-findings: [ZONE-NONE] }'),
  `${HEAD}policies: { "a b": {} }\n`,
  `${HEAD}zones: { example.org: {} }\n`,
  `${HEAD}zones: { example.org: { source: "" } }\n`,
  `${HEAD}zones: { example.org: { source: x, owner: "a\\nb" } }\n`,
  `${HEAD}quorums: { a: { people: [], need: 0 } }\n`,
  `${HEAD}witnesses: [w]\n`,
];

function accepts(text: string): boolean {
  try {
    parseConfig(text, 'f', '/root');
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

test('JSON Schema and program agree on what is well-formed', () => {
  for (const text of GOOD)
    expect({ text, program: accepts(text), schema: isValid(SCHEMA, parse(text)) }).toEqual({ text, program: true, schema: true });
  for (const text of BAD)
    expect({ text, program: accepts(text), schema: isValid(SCHEMA, parse(text)) }).toEqual({ text, program: false, schema: false });
});

test('every key has a description for the editor, and every knob its default', () => {
  const bare: string[] = [];
  const walk = (schema: JsonSchema, path: string): void => {
    for (const [key, member] of Object.entries(schema.properties ?? {})) {
      const isLimit =
        /\.limits$|^count$|^percent$/.test(path) || key === 'count' || key === 'percent' || key === 'roles' || key === 'people';
      if (member.description === undefined && !isLimit && key !== 'log') bare.push(`${path}.${key}`);
      walk(member, `${path}.${key}`);
    }
    for (const inner of [...(schema.anyOf ?? []), schema.additionalProperties, schema.items])
      if (typeof inner === 'object') walk(inner, path);
  };
  walk(SCHEMA, '');
  expect(bare).toEqual([]);
  const text = JSON.stringify(SCHEMA);
  expect(text).toContain('"default":"5d"');
  expect(SCHEMA['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
});
