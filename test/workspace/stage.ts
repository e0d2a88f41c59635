import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { EntryData, EntryType } from '../../src/audit/entry.ts';
import { type AnyEntry, emptyState, type KeyFacts } from '../../src/state/state.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import { sealedHead } from '../../src/workspace/sealed-head.ts';
import type { CliResult } from '../support/cli.ts';
import type { TestWorkspace } from '../support/workspace.ts';

/** What the judges say is a matter of other tests, and costs most of the time of a signing. */
export const WITHOUT_JUDGES = (text: string): string => text.replace(/^gate:.*(\n {2}.*)*/m, 'gate: { judges: [], agree: 0 }');

/** A gate without judges, with more members as they stand in coldsign.yaml. */
export const gateWith =
  (members: string) =>
  (text: string): string =>
    WITHOUT_JUDGES(text).replace('agree: 0', `agree: 0, ${members}`);

/** A workspace from which each test takes a copy to break. */
export class Stage implements Disposable {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'coldsign-stage-'));
  readonly original: TestWorkspace;
  #copies = 0;

  constructor(original: TestWorkspace) {
    this.original = original;
  }

  copy(): TestWorkspace {
    return this.original.copyTo(join(this.#scratch, `${++this.#copies}`));
  }

  /** A place for files beside the workspaces. */
  path(name: string): string {
    return join(this.#scratch, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#scratch, { recursive: true, force: true });
    this.original[Symbol.dispose]();
  }
}

/** Refused with this code, a message and a next step. */
export function expectRefused(result: CliResult, code: string, ...texts: readonly (string | RegExp)[]): void {
  expect(result.err).toContain(`coldsign: error ${code}: `);
  expect(result.err).toMatch(/\n {2}next: \S/);
  for (const text of texts) expect(result.err).toMatch(text);
  expect(result.status).toBe(code.startsWith('usage/') ? 2 : 1);
}

/** Entries of the log in order. */
export function entriesOf(workspace: TestWorkspace): readonly AnyEntry[] {
  return workspace
    .read('audit', 'entries.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AnyEntry);
}

/** Data of all entries of a type. */
export function logged<T extends EntryType>(workspace: TestWorkspace, type: T): readonly EntryData[T][] {
  return entriesOf(workspace)
    .filter((entry) => entry.type === type)
    .map(({ data }) => data as EntryData[T]);
}

/** The state, folded from the log alone: a cache has no part in it. */
export function stateOf(workspace: TestWorkspace): ReturnType<typeof readWorkspace>['state'] {
  rmSync(workspace.path('cache'), { recursive: true, force: true });
  const { state } = readWorkspace(workspace.dir);
  expect(Object.keys(state).sort()).toEqual(Object.keys(emptyState()).sort());
  return state;
}

/** Every file, link and folder below, apart from some folders at the top → kind, mode and sha256. */
export function listing(dir: string, without: readonly string[] = ['audit', 'artifacts', 'cache']): Readonly<Record<string, string>> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => !without.includes(name.split('/')[0]!));
  return Object.fromEntries(names.sort().map((name) => [name, described(join(dir, name))]));
}

function described(path: string): string {
  const stat = lstatSync(path);
  const mode = (stat.mode & 0o777).toString(8);
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  return stat.isDirectory() ? `folder ${mode}` : `file ${mode} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}

/**
 * Runs what must be refused, and holds the workspace against what it was: releases and `current`, artifacts of earlier releases, and the log,
 * which has grown at its end only and is good for auditors and for the next command.
 */
export async function expectUnchanged(workspace: TestWorkspace, act: () => Promise<void>): Promise<void> {
  const before = outcome(workspace);
  const artifacts = listing(workspace.path('artifacts'), []);
  const log = workspace.read('audit', 'entries.jsonl');
  await act();
  expect(outcome(workspace)).toEqual(before);
  expect(listing(workspace.path('artifacts'), [])).toMatchObject(artifacts);
  const grown = workspace.read('audit', 'entries.jsonl');
  expect(grown.startsWith(log)).toBe(true);
  expectSealed(workspace);
}

/** Everything that somebody could publish or rely upon. The token's own files change with every command: it keeps the head of the log. */
function outcome(workspace: TestWorkspace): object {
  const { zones, config, intents, session } = stateOf(workspace);
  const isIncidental = ([name, kind]: readonly [string, string]): boolean =>
    name.startsWith('token/') || (name.startsWith('releases/.staging') && kind.startsWith('folder'));
  const files = Object.fromEntries(Object.entries(listing(workspace.dir)).filter((entry) => !isIncidental(entry)));
  return { files, zones: withoutProofs(zones), config, intents, session };
}

/** That tokens have proved a key was seen, and stays on record, whatever becomes of the release that it was seen for. */
function withoutProofs(zones: ReturnType<typeof stateOf>['zones']): object {
  const rest = ({ proved: _proved, ...others }: KeyFacts): object => others;
  return Object.fromEntries(
    Object.entries(zones).map(([name, { facts, ...zone }]) => {
      const kept = Object.entries(facts).map(([key, known]) => [key, rest(known)] as const);
      return [name, { ...zone, facts: Object.fromEntries(kept.filter(([, known]) => Object.keys(known).length > 0)) }];
    }),
  );
}

/** The log is whole, to its last entry, under a signature of its key. */
export function expectSealed(workspace: TestWorkspace): void {
  const read = readWorkspace(workspace.dir);
  expect(sealedHead(read).size).toBe(read.content.tree.size);
}
