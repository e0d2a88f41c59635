import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import { storedSizes } from '../audit/checkpoint-store.ts';
import { findCosigned, holdsCosignatures, mustBeStored, storeCosignatures } from '../audit/cosignatures.ts';
import { entriesFrom, type LogContent } from '../audit/log.ts';
import { keyIdText, parseVkey, printVkey, type VerifierKey } from '../audit/vkey.ts';
import { addCheckpointBody } from '../audit/witness.ts';
import type { Config } from '../config/config.ts';
import { isoText } from '../config/time-text.ts';
import { type Io, note } from '../io.ts';
import { writeFileAtomically } from '../workspace/atomic-file.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import { sealedHead } from '../workspace/sealed-head.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface AuditWitnessOptions extends Omit<SessionRequest, 'command' | 'config'> {
  /** Name of a witness of the configuration, or its whole vkey. */
  readonly witness?: string;
  /** File of what the witness is sent. */
  readonly file: string;
  readonly json: boolean;
}

/**
 * `audit witness --out`: the newest checkpoint, with the proof that it continues what the witness has cosigned last. Needs no token.
 *
 * @param options.old what the witness says that it has cosigned last, where the log does not know it: an answer was lost
 * @see C2SP tlog-witness, add-checkpoint
 */
export async function auditWitnessOut(options: AuditWitnessOptions & { readonly old?: number }, io: Io): Promise<number> {
  const workspace = readWorkspace(options.dir);
  const head = sealedHead(workspace);
  const { name } = theWitness(workspace.config, options.witness);
  const old = options.old ?? workspace.state.witnessed[name]?.size ?? 0;
  writeFileAtomically(options.file, addCheckpointBody(workspace.content.tree, old, head.note));
  const told = { file: options.file, witness: name, old, size: head.size };
  const seen = old === 0 ? 'which has not seen the log yet' : `which has seen ${old} of them`;
  io.out.write(options.json ? `${JSON.stringify(told, undefined, 2)}\n` : `${options.file}: ${head.size} entries for ${name}, ${seen}\n`);
  return 0;
}

/**
 * `audit witness --in`: answer of witnesses → verified → entries of the log, and lines under the checkpoint that they saw. What is known already
 * changes nothing.
 * @throws Refusal audit/bad-cosignature, audit/unknown-witness, audit/no-witness
 */
export async function auditWitnessIn(options: AuditWitnessOptions, io: Io): Promise<number> {
  const workspace = readWorkspace(options.dir);
  sealedHead(workspace);
  const { audit } = workspace.paths;
  const log = { origin: workspace.state.origin, tree: workspace.content.tree, sizes: storedSizes(audit) };
  const witnesses = options.witness === undefined ? witnessesOf(workspace.config) : [theWitness(workspace.config, options.witness)];
  const { size, cosignatures } = findCosigned(readAnswer(options.file), log, witnesses, options.now);
  const answers = cosignatures.map(({ key, time, line }) => ({ witness: key.name, time: isoText(time), line }));

  const known = loggedLines(workspace.content, size);
  const isKnown = answers.every(({ witness }) => known.has(witness));
  if (isKnown && holdsCosignatures(mustBeStored(audit, size), linesFor(answers, known))) {
    note(io, `the log has this already: it was seen with ${size} entries by ${answers.map(({ witness }) => witness).join(', ')}`);
    return print({ size, answers, known }, options, io);
  }
  return withSession({ ...options, command: 'audit witness' }, io, async (session) => {
    const before = loggedLines(session.log.content, size);
    session.appendAll(answers.filter(({ witness }) => !before.has(witness)).map((answer) => ['checkpoint.witnessed', { size, ...answer }]));
    storeCosignatures(audit, size, linesFor(answers, before));
    return print({ size, answers, known: before }, options, io);
  });
}

interface Answer {
  readonly witness: string;
  readonly time: string;
  readonly line: string;
}

/** Witness → line that the log has for the checkpoint of this size. It cannot stand before the checkpoint's own entries. */
function loggedLines(content: LogContent, size: number): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const { type, data } of entriesFrom(content, size))
    if (type === 'checkpoint.witnessed' && data.size === size) lines.set(data.witness, data.line);
  return lines;
}

/** The file has the line of the log: of two answers over one checkpoint the first counts. */
function linesFor(answers: readonly Answer[], known: ReadonlyMap<string, string>): readonly string[] {
  return answers.map(({ witness, line }) => known.get(witness) ?? line);
}

function print(
  { size, answers, known }: { readonly size: number; readonly answers: readonly Answer[]; readonly known: ReadonlyMap<string, string> },
  { json }: AuditWitnessOptions,
  io: Io,
): number {
  const rows = answers.map((answer) => ({ ...answer, isNew: !known.has(answer.witness) }));
  const text = rows.map(({ witness, time }) => `${witness} saw the log with ${size} entries at ${time}\n`).join('');
  io.out.write(json ? `${JSON.stringify({ size, cosignatures: rows }, undefined, 2)}\n` : text);
  return 0;
}

function theWitness(config: Config, name: string | undefined): VerifierKey {
  const witnesses = witnessesOf(config);
  const [first] = witnesses;
  if (name === undefined && first !== undefined && witnesses.length === 1) return first;
  const names = witnesses.map((key) => `${key.name}+${keyIdText(key.keyId)}`).join(', ');
  if (name === undefined)
    throw new Refusal(
      'audit/which-witness',
      `the configuration in force names ${witnesses.length} witnesses: ${names}`,
      'name one with --witness',
    );
  const named = witnesses.filter((key) => [key.name, `${key.name}+${keyIdText(key.keyId)}`, printVkey(key)].includes(name));
  if (named.length === 1) return named[0]!;
  throw new Refusal(
    'audit/unknown-witness',
    `--witness ${name} fits ${named.length} of the known witnesses, which are ${names}`,
    'name one of them; or add its vkey under witnesses: and run coldsign policy apply',
  );
}

/** @throws Refusal audit/no-witness, audit/bad-vkey */
function witnessesOf({ witnesses }: Config): readonly VerifierKey[] {
  const keys = witnesses.map(parseVkey);
  const other = keys.find(({ kind }) => kind !== 'cosignature');
  if (other === undefined && keys.length > 0) return keys;
  throw new Refusal(
    'audit/no-witness',
    other === undefined
      ? 'the configuration in force names no witness'
      : `${printVkey(other)} is the key of a log, not of a witness (type 0x04)`,
    'write the vkey of the witness under witnesses: in coldsign.yaml and run coldsign policy apply',
  );
}

/** A hundred signature lines are less. */
const MAX_ANSWER = 65_536;

function readAnswer(file: string): string {
  try {
    if (statSync(file).size <= MAX_ANSWER) return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal('file/unreadable', `the answer ${file} cannot be read (${why})`, 'check the path and its permissions', { cause });
  }
  throw new Refusal(
    'audit/bad-cosignature',
    `${file} has more than ${MAX_ANSWER} octets: it is no answer of a witness`,
    'name the file that the witness answered',
  );
}
