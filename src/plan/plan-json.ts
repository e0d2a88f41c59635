import * as z from 'zod';
import { planHash } from './plan-hash.ts';
import type { PrintedPlan } from './plan-text.ts';

/** `plan show --json`: the plans as they are, each with the hash of its canonical JSON. Times are unix seconds. */
export function planJson(all: readonly PrintedPlan[]): string {
  const plans = all.map(({ plan, unsignedSince }) => ({
    hash: planHash(plan),
    ...(unsignedSince === undefined ? {} : { unsignedSince }),
    plan,
  }));
  return `${JSON.stringify({ format: 1, plans }, undefined, 2)}\n`;
}

const TIME = z.int().describe('unix seconds, UTC');
const NAME = z.string().describe('name of a key, as in keys');
const RECORD = z.enum(['dnskey', 'krrsig', 'zrrsig', 'ds']);
const ROLE = z.enum(['ksk', 'zsk', 'csk']);

const INTERVAL = z.strictObject({
  name: z.string().describe('as in RFC 7583'),
  terms: z.array(z.strictObject({ name: z.string(), seconds: z.int() })).describe('the interval is their sum'),
  reference: z.string(),
});

const CONTENTS = z.strictObject({
  dnskey: z.array(z.strictObject({ name: NAME, isRevoked: z.boolean() })),
  signsKeys: z.array(NAME).describe('who signs DNSKEY, CDS and CDNSKEY'),
  signsZone: z.array(NAME).describe('who signs everything else'),
  ds: z.array(NAME).describe('what the parent has, or is to have'),
  cds: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('delete') }),
    z.strictObject({ kind: z.literal('keys'), keys: z.array(NAME) }),
  ]),
});

const MOVE = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('record'),
    key: NAME,
    record: RECORD,
    to: z.enum(['hidden', 'rumoured', 'omnipresent', 'unretentive']),
  }),
  z.strictObject({ kind: z.literal('revoke'), key: NAME }),
]);

const STEP = z.strictObject({
  number: z.int().min(1),
  at: TIME.describe('the visit; unix seconds, UTC'),
  earliest: TIME,
  latest: TIME.optional().describe('absent: later does no harm'),
  kind: z.enum(['generate', 'publish', 'change-over', 'parent', 'revoke', 'withdraw', 'end']),
  roll: z.strictObject({
    id: z.int(),
    kind: z.enum([
      'first-signing',
      'zsk',
      'ksk',
      'csk',
      'algorithm',
      'to-csk',
      'to-split',
      'insecure',
      'standby',
      'revoke',
      'join',
      'leave',
    ]),
  }),
  title: z.string(),
  needs: z
    .strictObject({ kind: z.enum(['begin', 'keys']), command: z.string().describe('command line'), because: z.string() })
    .optional()
    .describe('what somebody must ask for by name; absent: roll advance does it, or it comes of itself'),
  reason: z.array(INTERVAL),
  evidence: z.array(z.strictObject({ kind: z.enum(['published', 'ds-seen', 'ds-gone']), keys: z.array(NAME) })),
  before: CONTENTS,
  after: CONTENTS,
  moves: z.array(MOVE),
  back: z.strictObject({
    kind: z.enum(['cancel', 'new-rollover', 'none']),
    how: z.string(),
    until: TIME.optional().describe('absent: no step of the plan ends it'),
  }),
});

/** One plan, as `plan show --json` prints it. */
export const PLAN_SCHEMA = z.strictObject({
  format: z.literal(1),
  zone: z.string(),
  now: TIME,
  until: TIME,
  keys: z.array(z.strictObject({ name: NAME, label: z.string(), role: ROLE, algorithm: z.int() })),
  steps: z.array(STEP),
  stuck: z.array(z.string()),
  nextVisit: z.strictObject({
    due: TIME.optional().describe('absent: nothing is to be done'),
    latest: TIME.optional(),
    breaks: z.string(),
    slips: z.array(z.string()),
  }),
  missed: z.strictObject({ isHarmless: z.boolean(), because: z.string() }),
});

const DOCUMENT = z.strictObject({
  format: z.literal(1),
  plans: z.array(
    z.strictObject({
      hash: z.string().describe('SHA-256 over the canonical JSON of plan'),
      unsignedSince: TIME.optional().describe('since when the zone has no signatures; absent: it has some, or was never released'),
      plan: PLAN_SCHEMA,
    }),
  ),
});

/** JSON Schema (draft 2020-12) of what `plan show --json` prints. */
export function planJsonSchema(): z.core.JSONSchema.BaseSchema {
  return { $id: 'coldsign-plan.schema.json', title: 'coldsign plan', ...z.toJSONSchema(DOCUMENT, { target: 'draft-2020-12' }) };
}
