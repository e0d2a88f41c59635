import { randomInt } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes } from '../../signer/dns/bytes.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import { Terminal } from '../pin/terminal.ts';
import { encodeShare, shareText } from './envelope.ts';
import { qrSvg, qrTerminal } from './qr.ts';
import { type HeldShare, setName } from './share.ts';
import { parseShareLine, parseShareWords, ShareTypo, shareLines } from './words.ts';

/** Lines of a share that its custodian types back. */
const READ_BACK_LINES = 3;

/**
 * Each share to its custodian: on the screen, one after the other, cleared in between, and proved to be written down by typing some lines of
 * it back; or, where a folder is given, as files. Returns when all of them are in good hands.
 * @throws Refusal pin/cancelled, pin/no-terminal, share/file-exists; Fault share/not-written
 */
export async function handOutShares(shares: readonly HeldShare[], subject: string, folder: string | undefined): Promise<void> {
  if (folder !== undefined) {
    await writeShareFiles(shares, subject, folder);
    return;
  }
  using terminal = new Terminal();
  try {
    for (const one of shares) await handOut(terminal, one, subject);
  } finally {
    terminal.clear();
  }
}

async function handOut(terminal: Terminal, { holder, share }: HeldShare, subject: string): Promise<void> {
  const lines = shareLines(share);
  terminal.clear();
  terminal.write(`Share ${share.index} of ${share.count} is for ${holder}. Nobody else may see the screen.\n`);
  await terminal.ask(`${holder}: press Enter when you are alone at it. `, 'hidden');
  for (;;) {
    terminal.clear();
    terminal.write(`${heading({ holder, share }, subject)}\n\n${numbered(lines)}\n\n${await qrTerminal(shareText(share))}\n`);
    await terminal.ask('Write it down, or scan it; then press Enter: it will not be shown again once it was read back. ', 'hidden');
    terminal.clear();
    if (await isReadBack(terminal, holder, lines)) return;
  }
}

/** Lines by chance, so that none can be left out in the writing. */
async function isReadBack(terminal: Terminal, holder: string, lines: readonly string[]): Promise<boolean> {
  const asked = new Set<number>();
  while (asked.size < READ_BACK_LINES) asked.add(randomInt(lines.length));
  for (const at of [...asked].sort((a, b) => a - b)) {
    const typed = await terminal.ask(`${holder}: type line ${at + 1} of your share: `, 'hidden');
    if (isSameLine(typed, lines[at]!, at + 1)) continue;
    await terminal.ask(`line ${at + 1} is not the one that was shown. Press Enter to see the share once more. `, 'hidden');
    return false;
  }
  return true;
}

function isSameLine(typed: string, shown: string, number: number): boolean {
  const octets = (text: string): Uint8Array =>
    parseShareLine(
      text
        .trim()
        .replace(/^[0-9]{1,2}[.:)]?\s+/, '')
        .split(/[\s,]+/),
      number,
    );
  try {
    return equalBytes(octets(typed), octets(shown));
  } catch (error) {
    if (error instanceof ShareTypo) return false;
    throw error;
  }
}

function heading({ holder, share }: HeldShare, subject: string): string {
  const [label, serial, what = 'PIN'] = subject.split('\0');
  return [
    `Share ${share.index} of ${share.count}, ${share.threshold} are needed. Custodian: ${holder}`,
    `For the ${what} of token ${label} (serial ${serial}). Set ${setName(share.set)}`,
  ].join('\n');
}

function numbered(lines: readonly string[]): string {
  return lines.map((line, i) => `${String(i + 1).padStart(2)}  ${line}`).join('\n');
}

/** `share-SET-INDEX.txt` and `.svg`, mode 0600: read back, and all of them gone again if one of them fails. */
async function writeShareFiles(shares: readonly HeldShare[], subject: string, folder: string): Promise<void> {
  const written: string[] = [];
  try {
    for (const one of shares) {
      const base = join(folder, `share-${setName(one.share.set).slice(0, 8)}-${one.share.index}`);
      const lines = shareLines(one.share);
      writeNew(`${base}.txt`, `${heading(one, subject)}\n\n${numbered(lines)}\n\n${shareText(one.share)}\n`, written);
      writeNew(`${base}.svg`, await qrSvg(shareText(one.share)), written);
      refuseOtherOctets(`${base}.txt`, one, lines.length);
    }
    const fd = openSync(folder, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch (cause) {
    for (const path of written) rmSync(path, { force: true });
    if (cause instanceof Refusal || cause instanceof Fault) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? (cause as Error).name;
    throw new Fault(
      'share/not-written',
      `the shares could not be written to ${folder} (${why})`,
      'make room there, or choose another folder',
    );
  }
}

function writeNew(path: string, text: string, written: string[]): void {
  if (existsSync(path)) throw new Refusal('share/file-exists', `${path} exists`, 'choose another folder');
  written.push(path);
  writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true });
}

function refuseOtherOctets(path: string, { share }: HeldShare, lines: number): void {
  const text = readFileSync(path, 'utf8').split('\n\n')[1]!;
  if (text.split('\n').length === lines && equalBytes(encodeShare(parseShareWords(text)), encodeShare(share))) return;
  throw new Fault('share/not-written', `${path} does not read as the share that was written`, 'check the disk, and choose another folder');
}
