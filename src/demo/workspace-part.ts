import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './program.ts';
import type { Screen } from './screen.ts';

export interface WorkspaceStage {
  readonly screen: Screen;
  readonly program: Program;
  readonly folder: string;
  readonly checks: boolean[];
}

const SITE = ['--dir', 'site'];
const VKEYS = 'site/audit/vkeys';

/** The same zone in a workspace: log, gate, releases, the way back, and an auditor who has an export and nothing else. */
export async function showWorkspace({ screen, program, folder, checks }: WorkspaceStage, zone: string): Promise<void> {
  const expect = async (exit: number, ...args: readonly string[]): Promise<void> => {
    checks.push((await program.show(args)).exit === exit);
  };
  const release = (serial: string): string => `site/releases/${zone.slice(0, -1)}/${serial}`;

  screen.heading('7. A workspace: every act in a tamper-evident log, every zone through a gate');
  await expect(0, 'init', 'site', '--origin', 'audit.meridian.example/demo');
  await expect(0, 'zone', 'add', zone, '--source', 'meridian.db', '--owner', 'Registry', '--risk-class', 'A', '--generate-keys', ...SITE);
  await expect(0, 'zone', 'sign', zone, ...SITE);
  await expect(0, 'audit', 'export', 'before.tar', ...SITE);

  screen.heading('8. The zone changes; what changed is told, and only that is signed anew');
  await replaceIn(join(folder, 'meridian.db'), '192.0.2.80', '192.0.2.81', screen);
  await expect(1, 'zone', 'diff', zone, ...SITE);
  await expect(0, 'zone', 'sign', '--all', '--due', ...SITE);
  await expect(0, 'release', 'verify', release('current'), '--key', VKEYS, '--judges', 'all');
  screen.note('The way back: the data of the release before, under a raised serial.');
  await expect(0, 'release', 'rollback', zone, '--reason', 'the new address does not answer', ...SITE);
  await expect(0, 'status', ...SITE);

  screen.heading('9. The auditor has an export, an older one, and the verifier key on paper');
  await expect(0, 'audit', 'checkpoint', '--words', ...SITE);
  await expect(0, 'audit', 'export', 'after.tar', ...SITE);
  await expect(0, 'audit', 'verify', 'after.tar', '--vkey', VKEYS, '--since', 'before.tar');
  screen.note('The counter-check: one serial number in the log is changed.');
  await replaceIn(join(folder, 'after.tar'), '"type":"release.result"', '"type":"release.resulT"', screen);
  await expect(1, 'audit', 'verify', 'after.tar', '--vkey', VKEYS, '--since', 'before.tar');
}

/** Of the same length, so that an archive stays an archive. */
async function replaceIn(path: string, from: string, to: string, screen: Screen): Promise<void> {
  screen.command(`sed -i 's/${from}/${to}/' ${path.slice(path.lastIndexOf('/') + 1)}`);
  const text = await readFile(path, 'latin1');
  await writeFile(path, text.replace(from, to), 'latin1');
}
