import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Fault, Refusal } from '../../signer/errors.ts';
import { signNote } from '../audit/note.ts';
import { parseMoment } from '../config/time-text.ts';
import { readPersonPassphrase } from '../people/passphrase.ts';
import { openPersonKey } from '../people/person-key.ts';
import type { StepInput } from './carry-out.ts';
import type { ExceptionWish } from './exceptions.ts';
import type { CeremonyLeader } from './leader.ts';
import { usual } from './screen-text.ts';
import { askText, readEvidence } from './spoken.ts';
import { type CeremonyView, viewOf } from './view.ts';
import { helpText } from './words.ts';

/** The people at the machine. */
export interface Room {
  /** Shows the ceremony as it stands, and asks for the next word, as typed. @throws Refusal ceremony/unanswered */
  word(view: CeremonyView): Promise<string>;
  /** One line. @throws Refusal ceremony/unanswered on Ctrl-C, Ctrl-D, or when the terminal goes */
  ask(question: string): Promise<string>;
  tell(text: string): void;
  /** What was told stays in sight until somebody has read it. @throws Refusal ceremony/unanswered */
  read(): Promise<void>;
}

/**
 * Leads the people through the ceremony, line by line. What they type is one word, and the screen tells which. Whoever does not answer a question
 * on the way is asked for the word again; whoever does not answer that leaves the ceremony as it stands.
 * @returns what became of it
 */
export async function leadDialogue(leader: CeremonyLeader, room: Room): Promise<'done' | 'paused' | 'aborted' | 'left'> {
  await leader.resume();
  for (;;) {
    const view = viewOf(leader);
    if (view.ended !== undefined) return view.ended;
    const said = await wordOf(room, view);
    if (said === undefined) return 'left';
    try {
      const end = await act(leader, room, view, said);
      if (end !== undefined) return end;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Fault)) throw error;
      room.tell(`\n!! ${error.code}: ${error.message}\n   next: ${error.hint}\n`);
    }
  }
}

/** Undefined: nobody answers any more. */
async function wordOf(room: Room, view: CeremonyView): Promise<string | undefined> {
  try {
    return (await room.word(view)).trim();
  } catch (error) {
    if (error instanceof Refusal && error.code === 'ceremony/unanswered') return undefined;
    throw error;
  }
}

async function act(leader: CeremonyLeader, room: Room, view: CeremonyView, said: string): Promise<'paused' | undefined> {
  const [verb = '', ...rest] = said.split(/\s+/);
  switch (verb.toLowerCase()) {
    case 'begin':
    case 'again':
      await leader.begin();
      return undefined;
    case 'agree':
      await agree(leader, room, view, rest[0]);
      return undefined;
    case 'refuse':
      await leader.refuse(rest[0] ?? (await room.ask('who does not agree? ')), await askText(room, 'why? '));
      return undefined;
    case 'go':
      await go(leader, room, view);
      return undefined;
    case 'came':
    case 'left':
      await leader.attend(rest.map((person) => ({ person, role: roleOf(view, person), act: verb as 'came' | 'left' })));
      return undefined;
    case 'exception':
      await leader.except(await askException(room));
      return undefined;
    case 'close':
      await leader.closeException(
        Number(rest[0]),
        await askText(room, 'what was done about it? '),
        await askPeople(room, 'who agrees that it is closed? '),
      );
      return undefined;
    case 'skip':
      await leader.skip(await askException(room));
      return undefined;
    case 'handover':
      await leader.handOver(
        await room.ask('role? '),
        await room.ask('from whom? '),
        await room.ask('to whom? '),
        await askText(room, 'why? '),
      );
      return undefined;
    case 'pause':
      await leader.pause(await askText(room, 'why? '));
      return 'paused';
    case 'abort':
      await abort(leader, room, view);
      return undefined;
    case 'end':
      await leader.end();
      return undefined;
    case 'help':
    case '?':
      room.tell(helpText());
      return undefined;
    default:
      throw new Refusal(
        'ceremony/unknown-word',
        `"${said}" is none of the words that are known here`,
        `the screen waits for ${usual(view)}; help lists all words`,
      );
  }
}

/** Never `yes`: what is typed says what is meant. */
async function abort(leader: CeremonyLeader, room: Room, { id }: CeremonyView): Promise<void> {
  const typed = (await room.ask(`to abort, type the id of the ceremony, ${id}: `)).trim();
  if (typed !== id) throw new Refusal('ceremony/typed', `typed "${typed}", expected "${id}"`, 'the ceremony goes on');
  await leader.abort(await askText(room, 'why? '));
}

/** Who is in the room may leave it, though the role is another's by now. */
function roleOf({ people, present }: CeremonyView, person: string): string {
  const role = Object.entries(people).find(([, names]) => names.includes(person))?.[0];
  if (role !== undefined) return role;
  if (present.includes(person)) return 'none';
  const known = [...new Set(Object.values(people).flat())].join(', ');
  throw new Refusal(
    'ceremony/not-in-role',
    `${person} takes no part in this ceremony; its people are ${known}`,
    'take the short names of coldsign.yaml',
  );
}

async function agree(leader: CeremonyLeader, room: Room, { step }: CeremonyView, name: string | undefined): Promise<void> {
  const person = name ?? (await room.ask('who agrees? ')).trim();
  const role = roleToAgree(leader, step?.missing.map((one) => one.role) ?? [], person);
  const wanted = step?.confirm?.type;
  const typed = wanted === undefined ? '' : (await room.ask(`${person}, type ${wanted}: `)).trim();
  if (step?.confirm?.by !== 'key') return await leader.agree({ person, role, typed });
  const text = leader.statement({ person, role, typed });
  room.tell(`\n${person} signs:\n\n${text}\n`);
  const signer = await askSigner(room, person);
  await leader.agree({ person, role, typed, note: await signNote(text, [signer]) });
}

/** A wrong file or passphrase is told, and asked for once more: what was typed before is not lost by it. @throws Refusal ceremony/unanswered, pin/… */
async function askSigner(room: Room, person: string): ReturnType<typeof openPersonKey> {
  for (;;) {
    const path = (await room.ask(`file with the key of ${person}: `)).trim();
    try {
      const file = readKeyFile(path);
      const passphrase = await readPersonPassphrase(person, undefined);
      return await openPersonKey(file, path, passphrase).finally(() => passphrase.fill(0));
    } catch (error) {
      if (!(error instanceof Refusal) || !error.code.startsWith('person/')) throw error;
      room.tell(`\n!! ${error.code}: ${error.message}\n   next: ${error.hint}\n`);
    }
  }
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Refusal(
      'person/bad-file',
      `${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      'name the file with the key of the person',
      { cause },
    );
  }
}

/** One that the person holds and that is still asked for; otherwise any, so that the refusal says what is wrong. */
function roleToAgree(leader: CeremonyLeader, missing: readonly string[], person: string): string {
  const { people } = leader.ceremony;
  const held = Object.keys(people).filter((role) => people[role]!.includes(person));
  return held.find((role) => missing.includes(role)) ?? missing[0] ?? held[0] ?? '';
}

async function go(leader: CeremonyLeader, room: Room, view: CeremonyView): Promise<void> {
  const input = view.stage === 'ready' ? await askInput(leader, room, view) : {};
  const { outcome, text } = await leader.carryOut(input);
  room.tell(outcome === 'done' ? `\ndone: ${text}\n` : `\n!! FAILED: ${text}\n`);
  await room.read();
}

async function askInput(leader: CeremonyLeader, room: Room, { step }: CeremonyView): Promise<StepInput> {
  const act = step?.do;
  if (act?.kind === 'manual') {
    const text = await askText(room, `${act.evidence}: `);
    const path = (await room.ask('file with evidence (empty: none): ')).trim();
    return { text, ...(path === '' ? {} : { evidence: { name: basename(path), octets: readEvidence(path) } }) };
  }
  if (act?.kind !== 'check') return {};
  if (act.what === 'clock') {
    const person = (await room.ask('who reads the other clock? ')).trim();
    const text = (await room.ask('the time it shows now, UTC (2026-11-24T09:00:00Z): ')).trim();
    return { person, witnessTime: parseMoment(text, leader.now()) };
  }
  if (act.what !== 'continuity') return {};
  const person = (await room.ask('who reads the page? ')).trim();
  return { person, paperWords: await room.ask('size and the first 8 words: ') };
}

async function askException(room: Room): Promise<ExceptionWish> {
  return {
    what: await askText(room, 'what is not as the script says? '),
    why: await askText(room, 'why? '),
    agreed: await askPeople(room, 'who agrees to go on (two at least)? '),
    followUp: await askText(room, 'what will be done about it, and by whom? '),
  };
}

async function askPeople(room: Room, question: string): Promise<readonly string[]> {
  return (await room.ask(question)).split(/[\s,]+/).filter((name) => name !== '');
}
