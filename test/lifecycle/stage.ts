import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import type { LoggedKey } from '../../src/audit/entry.ts';
import { readWorkspace } from '../../src/workspace/read-only.ts';
import type { TestWorkspace } from '../support/workspace.ts';
import { type ForeignObject, makeForeign } from './foreign.ts';

/** The judges have no part in the life of keys, and cost most of the time. */
export const WITHOUT_JUDGES = (text: string): string => text.replace(/^gate:.*(\n {2}.*)*/m, 'gate: { judges: [], agree: 0 }');

/** A key of a token as `key list --token --json` tells it. */
export interface ListedKey {
  readonly id: string;
  readonly label: string;
  readonly uri: string;
}

export const keysOf = (workspace: TestWorkspace, zone = 'example.'): readonly LoggedKey[] =>
  readWorkspace(workspace.dir).state.zones[zone]?.keys ?? [];

export function tokenUri(workspace: TestWorkspace): string {
  return readWorkspace(workspace.dir).config.tokens.ksk[0]!;
}

/** Objects of other programs on the token of the workspace. */
export function addForeign(workspace: TestWorkspace, objects: readonly ForeignObject[]): void {
  makeForeign(parsePkcs11Uri(tokenUri(workspace)), objects);
}

export async function unused(workspace: TestWorkspace): Promise<string> {
  return (await workspace.must('key', 'list', '--unused', '--json')).out;
}
