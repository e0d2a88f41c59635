import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceStage } from './workspace-part.ts';

const SITE = ['--dir', 'site'];
const HOLDERS = ['Ada', 'Ben', 'Cyd'];

/** What custodians do: a backup that is proved, a token whose PIN nobody knows, and the examination of a token. */
export async function showKeys({ screen, program, folder, checks }: WorkspaceStage, zone: string): Promise<void> {
  const expect = async (exit: number, args: readonly string[], input?: string): Promise<void> => {
    checks.push((await program.show(args, undefined, input)).exit === exit);
  };

  screen.heading('10. Every token of a role proves a key; a backup is worth what its last drill has proved');
  await expect(0, ['key', 'prove', '--zone', zone, ...SITE]);
  await writeFile(join(folder, 'passphrase'), 'a passphrase for this demo alone\n', { mode: 0o600 });
  await expect(0, ['key', 'backup', '--output', 'keys.backup', '--passphrase-fd', '3', ...SITE], 'passphrase');
  await expect(0, ['key', 'drill', 'keys.backup', '--passphrase-fd', '3', ...SITE], 'passphrase');
  await expect(0, ['key', 'list', ...SITE]);
  screen.note('A key that is published cannot be destroyed, whoever asks.');
  const tag = await publishedTag(folder, zone);
  await expect(1, ['key', 'destroy', '--zone', zone, '--key', tag, '--confirm', tag, '--reason', 'by mistake', ...SITE]);

  screen.heading('11. A PIN that nobody knows: three people hold shares, any two of them log in');
  await mkdir(join(folder, 'shares'), { mode: 0o700 });
  const holders = HOLDERS.flatMap((name) => ['--holder', name]);
  const uri = await program.assign('SHARED', 'token', 'init', '--dir', 'shared', '--shares', '2/3', ...holders, '--share-dir', 'shares');
  checks.push(uri !== undefined);
  await layOutShares(folder);
  await expect(1, ['key', 'generate', '--token', '$SHARED', '--zone', zone, '--role', 'ksk', '--share-fd', '3'], 'one-share');
  await expect(0, ['key', 'generate', '--token', '$SHARED', '--zone', zone, '--role', 'ksk', '--share-fd', '3'], 'two-shares');

  screen.heading('12. What this token can do for DNSSEC, and what will hurt');
  await expect(0, ['token', 'doctor', '$SHARED', '--share-fd', '3'], 'two-shares');
}

/** Key tag of the first DNSKEY that the current release has. */
async function publishedTag(folder: string, zone: string): Promise<string> {
  const path = join(folder, 'site/releases', zone.slice(0, -1), 'current/MANIFEST');
  return /keys? ([0-9]+)/.exec(await readFile(path, 'utf8'))?.[1] ?? '0';
}

/** As custodians would type them: a line each, name and words. */
async function layOutShares(folder: string): Promise<void> {
  const names = (await readdir(join(folder, 'shares'))).filter((name) => name.endsWith('.txt')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'shares', name), 'utf8')));
  const lines = texts.map((text, i) => `${HOLDERS[i]}: ${(text.split('\n\n')[1] ?? '').replaceAll('\n', ' ')}\n`);
  await writeFile(join(folder, 'one-share'), lines.slice(0, 1).join(''), { mode: 0o600 });
  await writeFile(join(folder, 'two-shares'), lines.slice(1, 3).join(''), { mode: 0o600 });
}
