/** JSON Schema as far as the schema of the configuration goes. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly description?: string;
}

type Check = (expected: never, value: unknown, schema: JsonSchema) => boolean;
type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Draft 2020-12: a keyword says nothing about values of another type than its own. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  type: (type: string, value) => typesOf(value).includes(type),
  const: (wanted: unknown, value) => wanted === value,
  enum: (wanted: readonly unknown[], value) => wanted.includes(value),
  pattern: (pattern: string, value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  minLength: (least: number, value) => typeof value !== 'string' || [...value].length >= least,
  minimum: (least: number, value) => typeof value !== 'number' || value >= least,
  maximum: (most: number, value) => typeof value !== 'number' || value <= most,
  minItems: (least: number, value) => !Array.isArray(value) || value.length >= least,
  items: (schema: JsonSchema, value) => !Array.isArray(value) || value.every((item) => isValid(schema, item)),
  anyOf: (schemas: readonly JsonSchema[], value) => schemas.some((schema) => isValid(schema, value)),
  required: (keys: readonly string[], value) => !isMembers(value) || keys.every((key) => key in value),
  properties: (schemas: Readonly<Record<string, JsonSchema>>, value) =>
    !isMembers(value) || Object.entries(schemas).every(([key, schema]) => !(key in value) || isValid(schema, value[key])),
  propertyNames: (schema: JsonSchema, value) => !isMembers(value) || Object.keys(value).every((key) => isValid(schema, key)),
  additionalProperties: (rest: JsonSchema | boolean, value, { properties = {} }) =>
    !isMembers(value) ||
    Object.entries(value)
      .filter(([key]) => !(key in properties))
      .every(([, member]) => (typeof rest === 'boolean' ? rest : isValid(rest, member))),
};

const ANNOTATIONS = ['$schema', '$id', 'title', 'description', 'default'];

/** @throws Error on a keyword that is not known here: nothing is passed over in silence */
export function isValid(schema: JsonSchema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, expected]) => {
    if (ANNOTATIONS.includes(keyword)) return true;
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new Error(`keyword ${keyword}`);
    return check(expected as never, value, schema);
  });
}

function typesOf(value: unknown): readonly string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['number', 'integer'] : ['number'];
  return [typeof value];
}
