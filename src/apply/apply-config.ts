import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { Refusal } from '../../signer/errors.ts';
import { parseVkey, type VerifierKey } from '../audit/vkey.ts';
import { lineAndColumn, type Path, type Problem, readYaml, type YamlText } from '../config/document.ts';
import { DURATION, spanSeconds, VKEY } from '../config/leaf-schema.ts';
import { pathText, problemsOf } from '../config/problems.ts';
import { JUDGES, type JudgeName } from '../release/judges.ts';
import { type Command, KIND_DEFAULTS, SERVER_KINDS, type ServerKind, unknownPlaceholder } from './server-kinds.ts';

/** The connected side's configuration. Paths are absolute, spans in seconds. */
export interface ApplyConfig {
  /** Releases signed by another key are foreign. */
  readonly keys: readonly VerifierKey[];
  readonly servers: readonly ServerConfig[];
  /** Folder with what was applied. */
  readonly state: string;
  readonly judges: JudgeWish;
  /** Practice releases are applied too. */
  readonly practice: boolean;
  /** Seconds that signatures must still last; undefined: the rules of `zone verify`. */
  readonly margin: number | undefined;
}

export interface ServerConfig {
  readonly kind: ServerKind;
  readonly zoneDir: string;
  /** Name of the zone file; `{zone}` stands for the zone. */
  readonly file: string;
  readonly reload: Command;
  /** Undefined: the new file is not shown to a program before it is placed. */
  readonly check: Command | undefined;
  /** Seconds that each of the commands may take, and the server until it answers with the new serial. */
  readonly timeLimit: number;
  /** Where to ask after the reload which serial is served. */
  readonly ask: { readonly address: string; readonly port: number } | undefined;
}

export interface JudgeWish {
  /** `all`: those that are installed. Named ones must be. */
  readonly names: 'all' | readonly JudgeName[];
  /** How many must accept; undefined: all that are asked. One that rejects always refuses. */
  readonly agree: number | undefined;
}

export const NO_JUDGES: JudgeWish = { names: [], agree: undefined };

const TIME_LIMIT = 120;
const LONGEST_TIME_LIMIT = 86_400;

/** @throws Refusal release/bad-config, file/not-found */
export function readApplyConfig(file: string): ApplyConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal('file/not-found', `the configuration ${file} cannot be read (${why})`, 'name it with --config', { cause });
  }
  return parseApplyConfig(text, file, dirname(resolve(file)));
}

/**
 * @param root folder that relative paths are relative to
 * @throws Refusal release/bad-config with every problem, each with its place
 */
export function parseApplyConfig(text: string, file: string, root: string): ApplyConfig {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) throw badConfig(file, yaml, yaml.problems);
  const parsed = SCHEMA.safeParse(yaml.value ?? {});
  if (!parsed.success) throw badConfig(file, yaml, problemsOf(parsed.error, yaml.value ?? {}, knownKeys));
  const config = configOf(parsed.data, root);
  const problems = contradictions(config);
  if (problems.length > 0) throw badConfig(file, yaml, problems);
  return config;
}

const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, `one of ${words.join(', ')}`);
const PATH = z.string('a path').min(1, 'a path');
const WORDS = 'a program and its arguments, as a list';
const COMMAND = z
  .array(z.string(WORDS), WORDS)
  .min(1, WORDS)
  .refine(([program = '']) => program !== '' && (!program.includes('/') || program.startsWith('/')), {
    error: 'a program by its name or its absolute path, then its arguments',
  })
  .refine((command) => unknownPlaceholder(command) === undefined, { error: 'no placeholders but {zone} and {file}' });
const PATTERN = z
  .string()
  .regex(/^(?!\.)(?=.*\{zone\})[A-Za-z0-9._{}-]+$/, 'a file name with {zone} in it, of letters, digits, dots, hyphens and underscores');
const ADDRESS = z.string().refine(isAddress, 'an address and a port, like 127.0.0.1@53');

const SERVER = z.strictObject(
  {
    kind: oneOf(SERVER_KINDS as readonly [ServerKind, ...ServerKind[]]),
    'zone-dir': PATH,
    file: PATTERN.optional(),
    reload: COMMAND.optional(),
    check: z.union([COMMAND, z.literal('none')], `${WORDS}, or none`).optional(),
    'time-limit': DURATION.optional(),
    ask: ADDRESS.optional(),
  },
  'a mapping with kind and zone-dir',
);

const SCHEMA = z.strictObject(
  {
    format: z.literal(1, '1'),
    keys: z.array(VKEY, 'a list of verifier keys').min(1, 'at least one verifier key, NAME+KEYID+BASE64'),
    servers: z.array(SERVER, 'a list of servers').min(1, 'at least one server'),
    state: PATH,
    judges: z.union([oneOf(['all', 'none']), z.array(oneOf(JUDGES), 'a list of judges')], 'all, none, or a list of judges').optional(),
    agree: z.int('a whole number').min(1, 'at least 1').max(JUDGES.length, `at most ${JUDGES.length}`).optional(),
    practice: z.boolean('true or false').optional(),
    margin: DURATION.optional(),
  },
  'a mapping',
);

const knownKeys = (path: Path): readonly string[] => Object.keys(path[0] === 'servers' ? SERVER.shape : SCHEMA.shape);

function configOf(raw: z.infer<typeof SCHEMA>, root: string): ApplyConfig {
  return {
    keys: raw.keys.map(parseVkey),
    servers: raw.servers.map(
      (server): ServerConfig => ({
        kind: server.kind,
        zoneDir: resolve(root, server['zone-dir']),
        file: server.file ?? '{zone}.signed',
        reload: server.reload ?? KIND_DEFAULTS[server.kind].reload,
        check: server.check === 'none' ? undefined : (server.check ?? KIND_DEFAULTS[server.kind].check),
        timeLimit: server['time-limit'] === undefined ? TIME_LIMIT : spanSeconds(server['time-limit']),
        ask: addressOf(server.ask),
      }),
    ),
    state: resolve(root, raw.state),
    judges: { names: raw.judges === undefined || raw.judges === 'none' ? [] : raw.judges, agree: raw.agree },
    practice: raw.practice ?? false,
    margin: raw.margin === undefined ? undefined : spanSeconds(raw.margin),
  };
}

function isAddress(text: string): boolean {
  const [address = '', port = '', ...more] = text.split('@');
  return more.length === 0 && isIP(address) !== 0 && /^[1-9][0-9]{0,4}$/.test(port) && Number(port) <= 0xffff;
}

function addressOf(text: string | undefined): ServerConfig['ask'] {
  if (text === undefined) return undefined;
  const [address = '', port = ''] = text.split('@');
  return { address, port: Number(port) };
}

function contradictions({ keys, servers, judges }: ApplyConfig): Problem[] {
  const problems: Problem[] = [];
  for (const [i, { name, kind }] of keys.entries())
    if (kind === 'cosignature')
      problems.push({ path: ['keys', i], text: `the key of ${name} is that of a witness; releases are signed by audit keys` });
  for (const [i, { timeLimit }] of servers.entries())
    if (timeLimit < 1 || timeLimit > LONGEST_TIME_LIMIT)
      problems.push({ path: ['servers', i, 'time-limit'], text: `${timeLimit} s; from 1 s to ${LONGEST_TIME_LIMIT} s is possible` });
  const seen = new Map<string, number>();
  for (const [i, { zoneDir, file }] of servers.entries()) {
    const place = join(zoneDir, file);
    const before = seen.get(place);
    if (before !== undefined)
      problems.push({ path: ['servers', i, 'zone-dir'], text: `${place} is the file of server ${before + 1} already` });
    seen.set(place, i);
  }
  if (judges.names !== 'all' && judges.agree !== undefined && judges.agree > judges.names.length)
    problems.push({ path: ['agree'], text: `${judges.agree} judges have to accept, and ${judges.names.length} are asked` });
  return problems;
}

function badConfig(file: string, yaml: YamlText, problems: readonly Problem[]): Refusal {
  const lines = problems.map((problem) => {
    const { line, col } = lineAndColumn(yaml, problem);
    return `${file}:${line}:${col}: ${problem.path.length === 0 ? '' : `${pathText(problem.path)}: `}${problem.text}`;
  });
  return new Refusal(
    'release/bad-config',
    lines.length === 1 ? lines[0]! : `${file} has ${lines.length} problems:\n  ${lines.join('\n  ')}`,
    'mend the file at these places; docs/connected-side.md describes it',
  );
}
