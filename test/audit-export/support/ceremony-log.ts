import { canonicalJson } from '../../../src/audit/canonical-json.ts';
import { CATEGORY, type EntryData, type EntryType } from '../../../src/audit/entry.ts';
import { MerkleTree } from '../../../src/audit/merkle.ts';
import { signNote } from '../../../src/audit/note.ts';
import type { NoteSigner } from '../../../src/audit/note-key.ts';
import { printVkey, vkeyOf } from '../../../src/audit/vkey.ts';
import { type Statement, statementOf } from '../../../src/ceremony/script/statement.ts';
import { memoryNoteSigner } from '../../support/memory-note-signer.ts';
import { type Forged, linesOf, sha256, withFile, withLines } from './forge.ts';
import { ORIGIN } from './sample-log.ts';
import type { Files } from './second-verifier.ts';

export const CEREMONY = '20261124T100000Z-abcdef';
const SCRIPT = 'format: coldsign-ceremony/1\n';
const PLAN = 'ab'.repeat(32);

export const PEOPLE: Readonly<Record<string, NoteSigner>> = {
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
}

function act<T extends EntryType>(name: string, type: T, data: Omit<EntryData[T], 'ceremony'> & { readonly ceremony?: string }): Act {
  return { name, type, data: type.startsWith('p') ? data : { ceremony: CEREMONY, ...data } };
}

const begun = (step: string, attempt = 1): Act => act(`begin ${step} ${attempt}`, 'ceremony.step.begun', { step, attempt });
const ended = (step: string, outcome: 'done' | 'failed' | 'skipped'): Act =>
  act(`${outcome} ${step}`, 'ceremony.step.ended', { step, outcome, text: outcome });
const came = (person: string, role: string): Act => act(`${person} came`, 'ceremony.attendance', { person, role, act: 'came' });
const agrees = (person: string, role: string, step: string, by: EntryData['approval.given']['by'], more = {}): Act =>
  act(`${person} agrees to ${step}`, 'approval.given', { step, person, role, by, ...more });

/** A ceremony with all that can be in one, in its order. */
export function wholeCeremony(): Act[] {
  const keys = Object.fromEntries(Object.entries(PEOPLE).map(([name, signer]) => [name, printVkey(vkeyOf(signer))]));
  const reference = { name: 'weekly.yaml', sha256: sha256(SCRIPT), size: SCRIPT.length };
  return [
    { name: 'policy', type: 'policy.loaded', data: { config: { ...reference, name: 'coldsign.yaml' }, diff: [], keys } },
    act('opened', 'ceremony.opened', {
      script: reference,
      plan: PLAN,
      title: 'Weekly signing',
      people: { administrator: ['alice'], witness: ['bob'], custodian: ['carol', 'dave'] },
      environment: 'cd'.repeat(32),
    }),
    ...[came('alice', 'administrator'), came('bob', 'witness'), came('carol', 'custodian'), came('dave', 'custodian')],
    begun('clock'),
    act('clock', 'clock.checked', { machine: 1, witness: 2, tolerance: 0, person: 'bob' }),
    ended('clock', 'failed'),
    begun('clock', 2),
    ended('clock', 'done'),
    begun('approve'),
    agrees('carol', 'custodian', 'approve', 'key', { typed: 'weekly signing' }),
    act('refused', 'approval.refused', { step: 'approve', person: 'bob', reason: 'not yet' }),
    agrees('dave', 'custodian', 'approve', 'key', { typed: 'weekly signing' }),
    agrees('bob', 'witness', 'approve', 'screen', { typed: 'weekly signing' }),
    ended('approve', 'done'),
    act('exception', 'ceremony.exception', {
      number: 1,
      step: 'seals',
      what: 'a seal is torn',
      why: 'it was wet',
      agreed: ['alice', 'bob'],
      followUp: 'bob writes to the maker',
    }),
    ended('seals', 'skipped'),
    begun('sign'),
    act('shares', 'pin.combined', {
      token: 'ksk',
      serial: '77',
      set: 'a',
      threshold: 1,
      shares: 2,
      indexes: [1],
      holders: ['carol'],
    } as Forged),
    agrees('carol', 'custodian', 'sign', 'share'),
    ended('sign', 'done'),
    act('handover', 'ceremony.handover', { role: 'witness', from: 'bob', to: 'frank', reason: 'a train' }),
    act('paused', 'ceremony.paused', { reason: 'lunch' }),
    act('resumed', 'ceremony.resumed', { text: 'go on' }),
    act('closed', 'ceremony.exception.closed', { number: 1, text: 'written', agreed: ['alice'] }),
    act('ended', 'ceremony.ended', { outcome: 'done' }),
  ];
}

/** The sample log goes on with a ceremony in its last session, which is open. Agreements by key are signed over the log as it is when they are given. */
export async function withCeremony(files: Files, acts: readonly Act[]): Promise<Map<string, Uint8Array>> {
  const lines = linesOf(files);
  const tree = new MerkleTree();
  for (const line of lines) tree.add(Buffer.from(line));
  const last: Forged = JSON.parse(lines.at(-1)!);
  for (const { type, data, statement = (one: Statement) => one, signer } of acts) {
    const entry: Forged = { ...last, seq: lines.length, type, cat: CATEGORY[type], data };
    if (type === 'approval.given' && data.by === 'key' && data.note === undefined) {
      const { step, person, role, typed = '' } = data;
      const log = { origin: ORIGIN, size: tree.size, root: Buffer.from(tree.root(tree.size)).toString('hex') };
      const head = { ceremony: CEREMONY, mode: 'production', scriptSha256: sha256(SCRIPT), planSha256: PLAN } as const;
      const text = statementOf(statement({ ...head, step, person, role, typed, at: 1_795_600_000, log }));
      entry.data = { ...data, note: await signNote(text, [signer ?? PEOPLE[person]!]) };
    }
    const line = canonicalJson(entry);
    lines.push(line);
    tree.add(Buffer.from(line));
  }
  return withFile(withLines(files, lines), `artifacts/${sha256(SCRIPT)}`, SCRIPT);
}
