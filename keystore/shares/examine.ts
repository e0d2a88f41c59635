import type { ShareFacts } from '../pin/holder-protocol.ts';
import { Terminal } from '../pin/terminal.ts';
import { askForShare, readShareLines } from './collect.ts';
import { type HeldShare, isFor, setName, tooFew } from './share.ts';

/** What one share says of itself; the first of a descriptor, or one that is typed. @throws Refusal share/…, pin/… */
export async function examineShare(fd: number | undefined, subject: string | undefined, shownFd?: number): Promise<ShareFacts> {
  const { holder, share } = await oneShare(fd, shownFd);
  const { set, threshold, count, index } = share;
  const fits = subject === undefined ? {} : { fits: isFor(share, subject) };
  return { set: setName(set), threshold, count, index, holder, ...fits };
}

async function oneShare(fd: number | undefined, shownFd: number | undefined): Promise<HeldShare> {
  if (fd === undefined) {
    using terminal = new Terminal();
    return await askForShare(terminal);
  }
  const [first] = readShareLines(fd, shownFd);
  if (first === undefined) throw tooFew(0, undefined);
  return first;
}
