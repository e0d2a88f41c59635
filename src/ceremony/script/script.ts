import type { EntryType, Mode } from '../../audit/entry.ts';

/**
 * A ceremony as it is reviewed, approved and led: who takes part, and every step in its order. A template asks for values and names nobody; the
 * program fills it for one log, one plan and the people of the day. What is filled is one file, and its octets are what is approved.
 */
export interface Script {
  /** Short name: `routine-signing`. */
  readonly name: string;
  readonly title: string;
  readonly purpose: string;
  readonly mode: Mode | 'any';
  readonly fill: Fill;
  /** In the order of the file. */
  readonly roles: Readonly<Record<string, Role>>;
  /** No person is in both roles of a pair. */
  readonly separate: readonly (readonly [string, string])[];
  readonly values: Readonly<Record<string, Value>>;
  readonly steps: readonly Step[];
}

export type Fill = { readonly kind: 'template' } | Filled;

/** For which log and plan, and by whom. */
export interface Filled {
  readonly kind: 'filled';
  /** Of the log. */
  readonly origin: string;
  readonly prepared: Prepared;
  /** Role → short names of coldsign.yaml. */
  readonly people: Readonly<Record<string, readonly string[]>>;
}

export interface Prepared {
  /** Unix seconds. */
  readonly at: number;
  /** sha256 of the plan that is carried out, hexadecimal. */
  readonly plan: string;
  /** Head of the log then: entries, and the first words of its root. */
  readonly log: { readonly size: number; readonly words: string };
}

export interface Role {
  readonly title: string;
  readonly duty: string;
  /** People who have the role. */
  readonly count: number;
  /** How many of them it takes; all, if the script does not say. */
  readonly need: number;
}

/** What a placeholder stands for. `asked`: it has to be filled; the example has the shape of what is wanted. */
export type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Item[] }
  | { readonly kind: 'asked'; readonly what: string; readonly example: Given };

export type Given = Exclude<Value, { readonly kind: 'asked' }>;

/** Of a list: a text, or texts by name, which `{{item.NAME}}` stands for. */
export type Item =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'members'; readonly members: Readonly<Record<string, string>> };

export interface Step {
  /** Where the step begins in what people speak of: `sign`; with `each`, one id an item: `sign:example.org`. */
  readonly id: string;
  /** Heading over this step and those after it with the same. */
  readonly act: string;
  /** Whose the step is. */
  readonly role: string;
  readonly title: string;
  /** Read aloud before anything is done. */
  readonly say?: string;
  readonly do: Act;
  /** Name of a list: the step is there once for each item. */
  readonly each?: string;
  readonly show: readonly Sight[];
  readonly confirm?: Confirm;
  /** How long it takes, as a rule. */
  readonly minutes?: number;
  /** Entries of the log that tell what the step did, for the report. */
  readonly record: readonly EntryType[];
}

/** What a step does. */
export type Act =
  /** Words after `coldsign`. */
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  /** By hand; `evidence` is what is asked for afterwards, and kept. */
  | { readonly kind: 'manual'; readonly text: string; readonly evidence: string }
  | { readonly kind: 'check'; readonly what: Check }
  | { readonly kind: 'attendance' }
  | { readonly kind: 'approve' }
  | { readonly kind: 'checkpoint' };

export const CHECKS = ['environment', 'clock', 'continuity', 'inventory'] as const;
export type Check = (typeof CHECKS)[number];

export const SIGHTS = ['ds', 'keys', 'plan', 'diff', 'checkpoint', 'inventory', 'words'] as const;
/** What the screen shows with a step. */
export type Sight = (typeof SIGHTS)[number];

export const MEANS = ['key', 'share', 'screen'] as const;
/** By what a person agrees: an own key, an own share of a PIN, or being there and saying so. */
export type Means = (typeof MEANS)[number];

export interface Confirm {
  /** Role → how many of its people; `need`: as many as the role needs. */
  readonly roles: Readonly<Record<string, number | 'need'>>;
  readonly by: Means;
  /** What each of them types: the name of the zone, the tag of the key; never `yes`. */
  readonly type?: string;
}
