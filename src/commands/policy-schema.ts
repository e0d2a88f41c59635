import { configJsonSchema } from '../config/json-schema.ts';
import type { Io } from '../io.ts';

/** `policy schema`: JSON Schema of coldsign.yaml, for editors. */
export function policySchema(io: Io): number {
  io.out.write(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
  return 0;
}
