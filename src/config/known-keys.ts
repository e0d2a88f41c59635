import * as z from 'zod';

/** The keys that a schema knows in the mapping at a path; of a union, those of all its forms. */
export function knownKeysOf(schema: z.core.$ZodType, path: readonly (string | number)[]): readonly string[] {
  let schemas = forms(schema);
  for (const step of path) schemas = schemas.flatMap((at) => inside(at, step)).flatMap(forms);
  return schemas.flatMap((at) => (at instanceof z.ZodObject ? Object.keys(at.shape) : []));
}

function forms(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return forms(schema.unwrap());
  return schema instanceof z.ZodUnion ? schema.options.flatMap(forms) : [schema];
}

function inside(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (schema instanceof z.ZodArray) return [schema.element];
  const member = schema instanceof z.ZodObject ? schema.shape[step] : undefined;
  return member === undefined ? [] : [member];
}
