import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import { plain } from '../audit/describe.ts';
import type { Room } from './dialogue.ts';

/** What an entry of the log takes. */
const MOST_CHARACTERS = 1000;

/**
 * A text that goes into the log. One that cannot be there is asked for once more: what was said before is not lost by it.
 * @throws Refusal ceremony/unanswered
 */
export async function askText(room: Room, question: string): Promise<string> {
  for (;;) {
    const text = (await room.ask(question)).trim();
    const wrong = whatIsWrong(text);
    if (wrong === undefined) return text;
    room.tell(`\n!! ${wrong}; once more, or Ctrl-C\n`);
  }
}

function whatIsWrong(text: string): string | undefined {
  if (text === '') return 'nothing was said, and it goes into the log';
  if (text.length > MOST_CHARACTERS) return `these are ${text.length} characters, ${MOST_CHARACTERS} are the most`;
  return plain(text) === text ? undefined : 'there are characters in it that nobody sees';
}

/** A photograph of a page, a log of another program: more than this is no evidence of one step. */
const MOST_EVIDENCE_OCTETS = 16 * 1024 * 1024;

/** @throws Refusal ceremony/input-missing, ceremony/evidence-too-big */
export function readEvidence(path: string): Uint8Array {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new Refusal('ceremony/input-missing', `${path} is no file`, 'name a file, or none');
    if (found.size > MOST_EVIDENCE_OCTETS) {
      throw new Refusal(
        'ceremony/evidence-too-big',
        `${path} has ${found.size} octets; ${MOST_EVIDENCE_OCTETS} are the most that is kept with a step`,
        'name a smaller file; of a larger one say the sha256 and where it is',
      );
    }
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal('ceremony/input-missing', `${path} cannot be read (${why})`, 'name a file that is there, or none', { cause });
  }
}
