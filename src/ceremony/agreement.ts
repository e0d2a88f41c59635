import { Refusal } from '../../signer/errors.ts';
import type { EntryData, Mode } from '../audit/entry.ts';
import type { MerkleTree } from '../audit/merkle.ts';
import { parseNote, verifyNote } from '../audit/note.ts';
import { parseVkey } from '../audit/vkey.ts';
import type { Config } from '../config/config.ts';
import { isoText } from '../config/time-text.ts';
import type { Ceremony } from '../state/ceremonies.ts';
import { standing } from './progress.ts';
import type { ConcreteConfirm, ConcreteStep } from './script/expand.ts';
import { parseStatement, type Statement } from './script/statement.ts';

/** Who wants to agree, and by what. */
export interface Agreement {
  readonly person: string;
  readonly role: string;
  /** What was typed; empty where the step asks for nothing. */
  readonly typed: string;
  /** Signed statement, where the step asks for own keys. */
  readonly note?: string;
}

/** What agreement is held against. */
export interface AgreementContext {
  readonly ceremony: Ceremony;
  readonly step: ConcreteStep;
  readonly people: Config['people'];
  readonly mode: Mode;
  readonly origin: string;
  readonly tree: MerkleTree;
  /** Place in the log of the entry with which this attempt began. */
  readonly begun: number;
  /** Unix seconds. */
  readonly now: number;
}

/** A statement is signed in the room, for this moment: one from another day is none. */
const STATEMENT_LIFE = 900;

/**
 * The entry for one person's agreement to one step.
 * @throws Refusal ceremony/nothing-to-agree, ceremony/not-in-role, ceremony/not-present, ceremony/agreed-already, ceremony/enough, ceremony/typed,
 * ceremony/needs-key, ceremony/no-key, ceremony/other-statement, audit/bad-note, audit/bad-signature, audit/not-signed
 */
export function agreementEntry(context: AgreementContext, agreement: Agreement): EntryData['approval.given'] {
  const { ceremony, step } = context;
  const { person, role, typed, note } = agreement;
  const confirm = refuseOutOfPlace(context, agreement);
  if (confirm.by === 'key') checkStatement(context, agreement);
  return {
    ceremony: ceremony.id,
    step: step.id,
    person,
    role,
    by: confirm.by,
    ...(confirm.type === undefined ? {} : { typed }),
    ...(confirm.by === 'key' ? { note: note! } : {}),
  };
}

/**
 * What the person signs, if this is the moment, and the person one who may.
 * @throws Refusal as agreementEntry, but for what is signed
 */
export function statementFor(context: AgreementContext, agreement: Agreement): Statement {
  refuseOutOfPlace(context, agreement);
  return statementOfContext(context, agreement);
}

function statementOfContext(context: AgreementContext, { person, role, typed }: Agreement): Statement {
  const { ceremony, step, mode, origin, tree, now } = context;
  return {
    ceremony: ceremony.id,
    mode,
    scriptSha256: ceremony.script.sha256,
    planSha256: ceremony.plan,
    step: step.id,
    person,
    role,
    typed: step.confirm?.type === undefined ? '' : typed,
    at: now,
    log: { origin, size: tree.size, root: Buffer.from(tree.root(tree.size)).toString('hex') },
  };
}

function confirmOf({ id, confirm }: ConcreteStep): ConcreteConfirm {
  if (confirm !== undefined && confirm.by !== 'share') return confirm;
  const why = confirm === undefined ? 'nobody has to agree to it' : 'its people agree by bringing their shares';
  throw new Refusal('ceremony/nothing-to-agree', `the step ${id} asks for no agreement here: ${why}`, 'carry the step out');
}

function refuseOutOfPlace({ ceremony, step }: AgreementContext, { person, role, typed }: Agreement): ConcreteConfirm {
  const confirm = confirmOf(step);
  const { roles } = confirm;
  const need = roles[role];
  if (need === undefined) {
    const asked = Object.keys(roles).join(', ');
    throw new Refusal(
      'ceremony/not-in-role',
      `the step ${step.id} asks for ${asked}, not for ${role}`,
      `let somebody agree who is ${asked}`,
    );
  }
  const holders = ceremony.people[role] ?? [];
  if (!holders.includes(person)) {
    throw new Refusal(
      'ceremony/not-in-role',
      `${person} is not ${role} in this ceremony; ${holders.join(', ') || 'nobody'} is`,
      'let one of them agree; another person takes a role over by a hand-over',
    );
  }
  if (ceremony.present[person] !== true) {
    throw new Refusal('ceremony/not-present', `${person} is not in the room, by the attendance`, 'enter who came first');
  }
  const given = ceremony.steps[step.id]?.approvals ?? [];
  const before = given.find((approval) => approval.person === person);
  if (before !== undefined) {
    throw new Refusal(
      'ceremony/agreed-already',
      `${person} has agreed to the step ${step.id} already, as ${before.role} at ${before.time}`,
      'nobody agrees twice: another person has to',
    );
  }
  const have = standing(given, ceremony).filter((approval) => approval.role === role).length;
  if (have >= need) {
    throw new Refusal('ceremony/enough', `${have} of ${need} who are ${role} have agreed to the step ${step.id}`, 'carry the step out');
  }
  if (confirm.type !== undefined && typed !== confirm.type) {
    throw new Refusal(
      'ceremony/typed',
      `typed "${typed}", expected "${confirm.type}"`,
      `compare with the screen and type ${confirm.type}; if that is not what you see, do not agree`,
    );
  }
  return confirm;
}

function checkStatement(context: AgreementContext, agreement: Agreement): void {
  const { person, note } = agreement;
  const { step, people, tree, begun, now } = context;
  if (note === undefined) {
    throw new Refusal(
      'ceremony/needs-key',
      `the step ${step.id} asks for an own key of each person`,
      `sign with the key file of ${person}`,
    );
  }
  const vkey = people[person]?.key;
  if (vkey === undefined) {
    throw new Refusal(
      'ceremony/no-key',
      `the configuration in force has no key of ${person}`,
      `make one (coldsign person new ${person}), name it under people: ${person}: key: and run coldsign policy apply`,
    );
  }
  const signed = parseNote(note);
  verifyNote(signed, [parseVkey(vkey)]);
  const found = parseStatement(signed.text);
  const wanted = statementOfContext(context, agreement);
  const late = now - found.at;
  if (late < -1 || late > STATEMENT_LIFE)
    throw otherStatement(person, `it is of ${isoText(found.at)}, and it is ${isoText(now)}: ${STATEMENT_LIFE} s are allowed`);
  const { size } = found.log;
  const isOfLog =
    size <= tree.size && found.log.origin === wanted.log.origin && found.log.root === Buffer.from(tree.root(size)).toString('hex');
  if (!isOfLog) throw otherStatement(person, `it is of another log, or of another state of it: ${found.log.origin}, ${size} entries`);
  if (size <= begun)
    throw otherStatement(
      person,
      `it is of ${size} entries of the log, and this attempt began with entry ${begun}: an earlier one was agreed to`,
    );
  const differs = MEMBERS.find((member) => found[member] !== wanted[member]);
  if (differs !== undefined) throw otherStatement(person, `it says ${differs} ${found[differs]}, asked is ${differs} ${wanted[differs]}`);
}

const MEMBERS = ['ceremony', 'mode', 'scriptSha256', 'planSha256', 'step', 'person', 'role', 'typed'] as const;

function otherStatement(person: string, why: string): Refusal {
  return new Refusal(
    'ceremony/other-statement',
    `${person} has signed something else than is asked: ${why}`,
    'let the person sign what the screen shows',
  );
}
