import * as z from 'zod';
import { GATE_DEFAULTS, POLICY_DEFAULTS, ZONE_DEFAULTS } from './policy-defaults.ts';
import { CONFIG_SCHEMA } from './schema.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * JSON Schema (draft 2020-12) of coldsign.yaml: every key with its description and its default, for editors. It says all of the
 * form; that names stand for something, and that values go together, only the program can say.
 */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(CONFIG_SCHEMA, { io: 'input', target: 'draft-2020-12' });
  const policy = valuesOf(member(schema, 'policies'));
  setDefaults(policy, POLICY_DEFAULTS);
  for (const gate of [member(schema, 'gate'), member(policy, 'gate')]) setDefaults(gate, GATE_DEFAULTS);
  setDefaults(valuesOf(member(schema, 'zones')), ZONE_DEFAULTS);
  return { $id: 'coldsign.schema.json', title: 'coldsign.yaml', ...schema };
}

function setDefaults(schema: JsonSchema, defaults: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(defaults)) member(schema, key).default = value;
}

/** `null` stands beside the mapping where it may be left empty. */
const mappingOf = (schema: JsonSchema): JsonSchema =>
  schema.type === 'object' ? schema : (schema.anyOf as JsonSchema[]).find(({ type }) => type === 'object')!;

const member = (schema: JsonSchema, key: string): JsonSchema => mappingOf(schema).properties![key] as JsonSchema;
const valuesOf = (schema: JsonSchema): JsonSchema => mappingOf(mappingOf(schema).additionalProperties as JsonSchema);
