import { canonicalJson } from '../../../src/audit/canonical-json.ts';
import { CATEGORY, type EntryData, type EntryType } from '../../../src/audit/entry.ts';
import { MerkleTree } from '../../../src/audit/merkle.ts';
import { signNote } from '../../../src/audit/note.ts';
import type { NoteSigner } from '../../../src/audit/note-key.ts';
import { printVkey, vkeyOf } from '../../../src/audit/vkey.ts';
import { type Statement, statementOf } from '../../../src/ceremony/script/statement.ts';
import { memoryNoteSigner } from '../../support/memory-note-signer.ts';
import { type Forged, linesOf, sha256, withFile, withLines } from './forge.ts';
import { ORIGIN, ZONE } from './sample-log.ts';
import type { Files } from './second-verifier.ts';

export const CEREMONY = '20261124T100000Z-abcdef';
const PLAN = 'ab'.repeat(32);

/** As it is filled and approved. */
export const SCRIPT = `format: coldsign-ceremony/1
name: weekly
title: Signing of {{zone}}
purpose: >-
  The zone is signed, once a week, so that
  its signatures do not run out.
mode: any
origin: ${ORIGIN}
prepared:
  at: 2026-11-24T09:00:00Z
  plan: ${PLAN}
  log: { size: 12, words: music customer waffle consensus }
roles:
  administrator: { title: Administrator, duty: leads, count: 1 }
  witness:
    title: Witness
    duty: "watches: says stop"
    count: 1
  custodian: { title: Custodian, duty: agrees, count: 2, need: 2 }
separate:
  - - administrator
    - witness
  - [witness, custodian]
people:
  administrator: [alice]
  witness:
    - bob # who has the key of the safe
  custodian: [carol, dave]
values:
  zone: a.example
  word: weekly signing
  bags: [{ number: '12', colour: red }, { number: '13', colour: blue }]
steps:
  - id: clock
    act: Opening
    role: witness
    title: The clock is right
    do: { check: clock }
  - id: continuity
    act: Opening
    role: witness
    title: The record is that of last time
    do: { check: continuity }
  - id: approve
    act: Opening
    role: administrator
    title: Approve this script
    say: >
      Compare the digest on the screen

      with the one on your copy.
    do: { approve: script }
    confirm: { roles: { custodian: need, witness: 1 }, by: key, type: '{{word}}' }
  - id: seals
    act: Opening
    role: witness
    title: The seals are whole
    do:
      manual: Look at each seal.
      evidence: what was seen
    confirm: { roles: { witness: 1 }, by: screen }
  - id: bag
    act: Opening
    role: witness
    title: Bag {{item.number}} is {{item.colour}}
    each: bags
    do: { manual: 'Look at bag {{item}}.', evidence: the number }
    confirm: { roles: { witness: 1 }, by: screen, type: '{{item.number}}' }
  - id: rules
    act: Signing
    role: administrator
    title: Let the rules count
    do: { command: [policy, apply] }
  - id: sign
    act: Signing
    role: administrator
    title: Sign {{zone}}
    do: { command: [zone, sign, '{{zone}}'] }
    confirm: { roles: { custodian: 1 }, by: share }
  - id: checkpoint
    act: Closing
    role: witness
    title: Print the checkpoint
    do: { checkpoint: print }
`;

export const PEOPLE: Readonly<Record<string, NoteSigner>> = {
  bob: memoryNoteSigner('bob', 'ed25519'),
  carol: memoryNoteSigner('carol', 'ed25519'),
  dave: memoryNoteSigner('dave', 'ed25519'),
};

/** An entry to be: its type and data, or what makes the data when the log before it is known. */
export interface Act {
  readonly name: string;
  readonly type: EntryType;
  readonly data: Forged;
  /** Makes the note of an agreement; by default the person's, over what the entry says. */
  readonly statement?: (statement: Statement) => Statement;
  readonly signer?: NoteSigner;
  /** Session that it opens; those after it belong to it. */
  readonly session?: string;
}

function act<T extends EntryType>(name: string, type: T, data: Omit<EntryData[T], 'ceremony'> & { readonly ceremony?: string }): Act {
  return { name, type, data: /^(?:ceremony|approval|clock|env|continuity)\./.test(type) ? { ceremony: CEREMONY, ...data } : data };
}

const begun = (step: string, attempt = 1): Act => act(`begin ${step} ${attempt}`, 'ceremony.step.begun', { step, attempt });
const ended = (step: string, outcome: 'done' | 'failed' | 'skipped'): Act =>
  act(`${outcome} ${step}`, 'ceremony.step.ended', { step, outcome, text: outcome });
const came = (person: string, role: string): Act => act(`${person} came`, 'ceremony.attendance', { person, role, act: 'came' });
const agrees = (person: string, role: string, step: string, by: EntryData['approval.given']['by'], more = {}): Act =>
  act(`${person} agrees to ${step}`, 'approval.given', { step, person, role, by, ...more });

/** A session of the ceremony, or of the command of a step. */
const opens = (session: string, command: string, step: string, ceremony = CEREMONY): Act => ({
  ...act(`open ${session}`, 'session.open', { command, version: '0.1.0', program: 'ee', head: 'token', ceremony, step }),
  session,
});
const closes = (session: string): Act => act(`close ${session}`, 'session.close', { outcome: 'done', snapshot: 'dd' });
/** A step that nobody has to agree to, and what its command writes. */
const commanded = (step: string, command: string, ...inner: readonly Act[]): Act[] => [
  begun(step),
  closes(`before ${step}`),
  opens(step, command, step),
  ...inner,
  closes(step),
  opens(`after ${step}`, 'ceremony end step', step),
];

/** A ceremony with all that can be in one, in its order. */
export function wholeCeremony(): Act[] {
  const keys = Object.fromEntries(Object.entries(PEOPLE).map(([name, signer]) => [name, printVkey(vkeyOf(signer))]));
  const reference = { name: 'weekly.yaml', sha256: sha256(SCRIPT), size: SCRIPT.length };
  const policy = { config: { ...reference, name: 'coldsign.yaml' }, diff: [], keys };
  return [
    { name: 'policy', type: 'policy.loaded', data: policy },
    closes('export'),
    opens('opening', 'ceremony open', 'opening'),
    act('opened', 'ceremony.opened', {
      script: reference,
      plan: PLAN,
      title: 'Signing of a.example',
      people: { administrator: ['alice'], witness: ['bob'], custodian: ['carol', 'dave'] },
      environment: 'cd'.repeat(32),
    }),
    ...[came('alice', 'administrator'), came('bob', 'witness'), came('carol', 'custodian'), came('dave', 'custodian')],
    begun('clock'),
    act('clock', 'clock.checked', { machine: 1, witness: 2, tolerance: 0, person: 'bob' }),
    ended('clock', 'failed'),
    begun('clock', 2),
    act('clock again', 'clock.checked', { machine: 2, witness: 2, tolerance: 0, person: 'bob' }),
    ended('clock', 'done'),
    begun('continuity'),
    act('continuity', 'continuity.checked', { size: 4, words: 'music', outcome: 'continues', person: 'bob' }),
    ended('continuity', 'done'),
    begun('approve'),
    agrees('carol', 'custodian', 'approve', 'key', { typed: 'weekly signing' }),
    act('refused', 'approval.refused', { step: 'approve', person: 'bob', reason: 'not yet' }),
    agrees('dave', 'custodian', 'approve', 'key', { typed: 'weekly signing' }),
    agrees('bob', 'witness', 'approve', 'key', { typed: 'weekly signing' }),
    ended('approve', 'done'),
    act('exception', 'ceremony.exception', {
      number: 1,
      step: 'seals',
      what: 'a seal is torn',
      why: 'it was wet',
      agreed: ['alice', 'carol'],
      followUp: 'bob writes to the maker',
    }),
    ended('seals', 'skipped'),
    ...['12/red', '13/blue'].flatMap((bag) => [
      begun(`bag:${bag}`),
      agrees('bob', 'witness', `bag:${bag}`, 'screen', { typed: bag.slice(0, 2) }),
      ended(`bag:${bag}`, 'done'),
    ]),
    ...commanded('rules', 'policy apply', { name: 'applied', type: 'policy.loaded', data: { ...policy, approvals: ['carol', 'dave'] } }),
    ended('rules', 'done'),
    begun('sign'),
    act('shares', 'pin.combined', { set: 'a', token: { label: 'ksk', serial: '77' }, holders: ['carol'] }),
    agrees('carol', 'custodian', 'sign', 'share'),
    ...commanded(
      'sign',
      'zone sign',
      act('intent', 'sign.intent', { zone: ZONE, serial: 3, signatures: 9, plan: 'ff', keyTags: [4711] }),
      act('result', 'sign.result', { intent: -1, zone: ZONE, serial: 3, made: 9, kept: 0, signed: '00'.repeat(32), perKey: [] }),
    ).slice(1),
    ended('sign', 'done'),
    ...commanded('checkpoint', 'audit checkpoint'),
    ended('checkpoint', 'done'),
    act('handover', 'ceremony.handover', { role: 'witness', from: 'bob', to: 'frank', reason: 'a train' }),
    act('paused', 'ceremony.paused', { reason: 'lunch' }),
    act('resumed', 'ceremony.resumed', { text: 'go on' }),
    act('closed', 'ceremony.exception.closed', { number: 1, text: 'written', agreed: ['carol'] }),
    act('ended', 'ceremony.ended', { outcome: 'done' }),
  ];
}

/**
 * The sample log goes on with a ceremony. Agreements by key are signed over the log as it is when they are given; a result is that of the newest intent.
 * @param script the artifact that the opening names; what is signed names it too
 */
export async function withCeremony(files: Files, acts: readonly Act[], script = SCRIPT): Promise<Map<string, Uint8Array>> {
  const lines = linesOf(files);
  const tree = new MerkleTree();
  for (const line of lines) tree.add(Buffer.from(line));
  const last: Forged = JSON.parse(lines.at(-1)!);
  let { session } = last;
  let intent = -1;
  for (const { type, data, statement = (one: Statement) => one, signer, session: opened } of acts) {
    session = opened ?? session;
    if (type === 'sign.intent') intent = lines.length;
    const entry: Forged = { ...last, session, seq: lines.length, type, cat: CATEGORY[type], data };
    if (data.intent === -1) entry.data = { ...data, intent };
    if (type === 'ceremony.opened' && script !== SCRIPT)
      entry.data = { ...data, script: { name: 'weekly.yaml', sha256: sha256(script), size: Buffer.from(script).length } };
    if (type === 'approval.given' && data.by === 'key' && data.note === undefined) {
      const { step, person, role, typed = '' } = data;
      const log = { origin: ORIGIN, size: tree.size, root: Buffer.from(tree.root(tree.size)).toString('hex') };
      const head = { ceremony: data.ceremony, mode: last.mode, scriptSha256: sha256(script), planSha256: PLAN } as const;
      const text = statementOf(statement({ ...head, step, person, role, typed, at: 1_795_600_000, log }));
      entry.data = { ...data, note: await signNote(text, [signer ?? PEOPLE[person]!]) };
    }
    const line = canonicalJson(entry);
    lines.push(line);
    tree.add(Buffer.from(line));
  }
  const named = lines.some((line) => line.includes(sha256(SCRIPT))) ? [SCRIPT, script] : [script];
  return named.reduce((all, text) => withFile(all, `artifacts/${sha256(text)}`, text), withLines(files, lines));
}
