import * as z from 'zod';
import { CATEGORY, type EntryType } from '../../audit/entry.ts';
import { LINE, ORIGIN, WORD } from '../../config/leaf-schema.ts';
import { parseMoment } from '../../config/time-text.ts';
import { CHECKS, MEANS, SIGHTS } from './script.ts';
import { isPlainForm, isVisible, mixedWord } from './visible.ts';

export const FORMAT = 'coldsign-ceremony/1';
export const PART_FORMAT = 'coldsign-ceremony-part/1';

/** More would not be read by people. */
const MAX_TEXT = 2000;
const MAX_PEOPLE = 50;

const ONE_ALPHABET = 'whose words are each of one alphabet: here are letters that look like others';

/** Shown and read aloud: no control characters, nor any that are not seen or turn the direction of what is. */
const textLike = (words: string) =>
  z
    .string(words)
    .regex(/\S/, words)
    .regex(/^[^\t\r]*$/, `${words}, without tabs`)
    .refine(isVisible, `${words}, without characters that cannot be seen`)
    .refine((text) => mixedWord(text) === undefined, `${words} ${ONE_ALPHABET}`)
    .max(MAX_TEXT, `${words} of at most ${MAX_TEXT} characters`);

const TEXT = textLike('text');
const HEADING = LINE.regex(/\S/, 'text on one line')
  .refine(isVisible, 'text without characters that cannot be seen')
  .refine((text) => mixedWord(text) === undefined, `text ${ONE_ALPHABET}`);
/** Typed by people, or a word of a command. */
const EXACT = HEADING.refine(isPlainForm, 'text in plain characters, not in wide ones or ligatures that look like them');
const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, `one of ${words.join(', ')}`);
const listOf = <T extends z.ZodType>(item: T, what: string) => z.array(item, `a list of ${what}`);
const countFrom = (least: number, most: number, words: string) =>
  z.int(words).min(least, `${words}, from ${least} to ${most}`).max(most, `${words}, from ${least} to ${most}`);

/** Names of roles, values and members stand in placeholders. Every object has a `constructor`: it would be found where nobody has written it. */
const NAME = z
  .string('a name')
  .regex(/^(?!constructor$)[a-z][a-z0-9-]{0,40}$/, 'a name of lower-case letters, digits and hyphens, which is not constructor');
const SHA256 = z.string('a sha256').regex(/^[0-9a-f]{64}$/, 'a sha256 of 64 hexadecimal digits in lower case');
const TIME = z.string('a time').refine(isMoment, 'a time like 2026-11-24T12:00:00Z');

function isMoment(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && seconds(text) !== undefined;
}

function seconds(text: string): number | undefined {
  try {
    return parseMoment(text, 0);
  } catch {
    return undefined;
  }
}

/** A value that begins with a hyphen would be an option where a command has it. */
const VALUE = EXACT.regex(/^(?!-)/, 'text that does not begin with a hyphen').regex(/^(?!.*(?:\{\{|\}\}))/, 'text without {{ and }}');
const ITEM = z.union([VALUE, z.record(NAME, VALUE)], 'text, or a mapping of names to texts');
const GIVEN = z.union([VALUE, listOf(ITEM, 'texts')], 'text, or a list');
const ASKED = z.strictObject({ ask: HEADING, example: GIVEN }, 'a mapping with ask and example');

const ROLE = z.strictObject(
  {
    title: HEADING,
    duty: TEXT,
    count: countFrom(1, MAX_PEOPLE, 'how many people have the role'),
    need: countFrom(1, MAX_PEOPLE, 'how many of them it takes').optional(),
  },
  'a mapping with title, duty and count',
);

const DO_KINDS = 'one of command, manual (with evidence), check, attendance, approve, checkpoint';
const DO = z.union(
  [
    z.strictObject({ command: listOf(EXACT, 'words').min(1, 'the words after coldsign') }),
    z.strictObject({ manual: TEXT, evidence: TEXT }),
    z.strictObject({ check: oneOf(CHECKS) }),
    z.strictObject({ attendance: z.literal(true, 'true') }),
    z.strictObject({ approve: z.literal('script', 'script') }),
    z.strictObject({ checkpoint: z.literal('print', 'print') }),
  ],
  DO_KINDS,
);

const HOW_MANY = countFrom(1, MAX_PEOPLE, 'how many people of the role');
const CONFIRM = z.strictObject(
  {
    roles: z
      .record(NAME, z.union([HOW_MANY, z.literal('need')], 'a number of people, or need'), 'a mapping of roles to how many of their people')
      .refine((roles) => Object.keys(roles).length > 0, 'a mapping of at least one role'),
    by: oneOf(MEANS),
    type: EXACT.optional(),
  },
  'a mapping with roles and by',
);

const ENTRY_TYPES = Object.keys(CATEGORY) as [EntryType, ...EntryType[]];

const STEP = z.strictObject(
  {
    id: WORD,
    act: HEADING,
    role: NAME,
    title: HEADING,
    say: TEXT.optional(),
    do: DO,
    each: NAME.optional(),
    show: listOf(oneOf(SIGHTS), 'what is shown').optional(),
    confirm: CONFIRM.optional(),
    minutes: countFrom(1, 600, 'a number of minutes').optional(),
    record: listOf(z.enum(ENTRY_TYPES, 'a type of entries of the log, like sign.result'), 'types of entries').optional(),
  },
  'a step',
);

const INCLUDE = z.strictObject({ include: WORD });
const STEPS = listOf(z.union([INCLUDE, STEP], 'a step, or include with the name of a part'), 'steps').min(1, 'at least one step');

/** A script as it is written. */
export const SCRIPT_SCHEMA = z.strictObject(
  {
    format: z.literal(FORMAT, FORMAT),
    name: WORD,
    title: HEADING,
    purpose: TEXT,
    mode: oneOf(['production', 'practice', 'any']),
    origin: ORIGIN.optional(),
    prepared: z
      .strictObject(
        {
          at: TIME,
          plan: SHA256,
          log: z.strictObject(
            { size: countFrom(1, Number.MAX_SAFE_INTEGER, 'a number of entries'), words: HEADING },
            'a mapping with size and words',
          ),
        },
        'a mapping with at, plan and log',
      )
      .optional(),
    roles: z.record(NAME, ROLE, 'a mapping of roles'),
    separate: listOf(z.tuple([NAME, NAME], 'a pair of roles'), 'pairs of roles').optional(),
    people: z.record(NAME, listOf(WORD, 'short names'), 'a mapping of roles to people').optional(),
    values: z.record(NAME, z.union([GIVEN, ASKED], 'text, a list, or a mapping with ask and example'), 'a mapping of values').optional(),
    steps: STEPS,
  },
  'a mapping',
);

/** Steps that several scripts have. */
export const PART_SCHEMA = z.strictObject({ format: z.literal(PART_FORMAT, PART_FORMAT), steps: listOf(STEP, 'steps') }, 'a mapping');

export type RawScript = z.infer<typeof SCRIPT_SCHEMA>;
export type RawStep = z.infer<typeof STEP>;
export type RawValue = NonNullable<RawScript['values']>[string];
export type RawGiven = z.infer<typeof GIVEN>;
