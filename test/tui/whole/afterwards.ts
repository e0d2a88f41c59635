import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { entriesFrom } from '../../../src/audit/log.ts';
import { verifyExport } from '../../../src/audit/verifier/verify.ts';
import type { ConcreteStep } from '../../../src/ceremony/script/expand.ts';
import { readWorkspace } from '../../../src/workspace/read-only.ts';
import { answerOf, askSecondVerifier } from '../../audit-export/support/second-verifier.ts';
import { SecretScan, type Sighting } from '../../support/secret-scan.ts';
import { inProcess } from '../../support/workspace.ts';
import type { Terminal } from '../support/tmux.ts';
import { PLANTED, type World } from './world.ts';

/** The log, with and without the program, and the release: what an auditor and the other side look at. @param made the export that the ceremony wrote */
export async function expectSound({ workspace, path, withShares }: Verified, steps: readonly ConcreteStep[], made: string): Promise<void> {
  const { state, content } = readWorkspace(workspace.dir);
  const ceremony = Object.values(state.ceremonies).at(-1)!;
  expect(ceremony.ended?.outcome).toBe('done');
  const from = [...entriesFrom(content, 0)];
  const own = from.slice(from.findLastIndex(({ type }) => type === 'ceremony.opened'));
  const ended = own.flatMap(({ type, data }) => (type === 'ceremony.step.ended' && data.outcome !== 'failed' ? [data.step] : []));
  expect(ended).toEqual(steps.map(({ id }) => id));

  const after = path('out', 'after.tar');
  await withShares('audit', 'export', after, '--dir', workspace.dir);
  const answers = [made, after].map((one) => answerOf(verifyExport(one)));
  expect(answers).toMatchObject([
    [true, expect.arrayContaining(['AUDIT-CEREMONY-OPEN'])],
    [true, expect.not.arrayContaining(['AUDIT-CEREMONY-OPEN'])],
  ]);
  expect(await askSecondVerifier([made, after].map((one) => ({ path: one, options: {} })))).toEqual(answers);
  expect((await inProcess('audit', 'verify', after)).status).toBe(0);

  const release = workspace.path('releases', 'example', 'current');
  const key = readFileSync(workspace.path('audit', 'vkeys'), 'utf8').trim().split('\n')[0]!;
  const verified = await inProcess('release', 'verify', release, '--key', key, ...(state.mode === 'practice' ? ['--practice'] : []));
  expect(verified).toMatchObject({ status: 0 });
  // A program that others wrote: it throws where the zone is not in order.
  execFileSync('ldns-verify-zone', [`${release}/zone.signed`], { stdio: 'pipe' });

  const page = path('out', 'report.html');
  await workspace.must('ceremony', 'report', ceremony.id, '--html', page);
  const report = readFileSync(page, 'utf8');
  expect(steps.filter(({ title }) => !report.includes(title))).toEqual([]);
  expect(existsSync(workspace.path('lock'))).toBe(false);
}

type Verified = Pick<World, 'workspace'> & { readonly path: World['path']; readonly withShares: World['withShares'] };

/** What has a right to hold secrets: the terminals on which shares were handed out, and files that people have in their pockets. */
export interface Exceptions {
  readonly terminals: readonly Terminal[];
  /** Below the folder of the world. */
  readonly files: readonly string[];
}

/** No secret on a screen, in what was sent to a terminal, in a file, or among arguments and environments; and what was planted is found in each of these places. */
export function expectNoSecret(world: World, { terminals, files }: Exceptions): void {
  const places = (scan: SecretScan): Readonly<Record<string, readonly Sighting[]>> => ({
    screens: world.terminals.flatMap((terminal) =>
      terminals.includes(terminal) ? [] : terminal.captures.flatMap((text) => scan.text('a screen', text)),
    ),
    terminals: world.terminals.flatMap((terminal) => (terminals.includes(terminal) ? [] : scan.octets('a terminal', terminal.sent()))),
    files: scan.folder(world.dir, files),
    processes: world.look.sightings(scan),
  });
  expect(places(new SecretScan(world.secrets()))).toEqual({ screens: [], terminals: [], files: [], processes: [] });
  expect(world.look.count).toBeGreaterThan(3);
  const found = Object.entries(places(new SecretScan({ PLANTED })));
  expect(found.flatMap(([place, sightings]) => (sightings.length === 0 ? [place] : []))).toEqual([]);
}
