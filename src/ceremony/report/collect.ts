import { parseName, printName } from '../../../signer/dns/name.ts';
import { DIGEST, dsRdata } from '../../../signer/dnssec/dnskey.ts';
import { describeEntry } from '../../audit/describe.ts';
import type { EntryData, KeyRef, LoggedKey, Mode } from '../../audit/entry.ts';
import { entriesFrom } from '../../audit/log.ts';
import { hashWords } from '../../audit/words.ts';
import type { Ceremony } from '../../state/ceremonies.ts';
import type { AnyEntry } from '../../state/state.ts';
import type { ReadWorkspace } from '../../workspace/read-only.ts';
import { sealedHead } from '../../workspace/sealed-head.ts';
import { expandHead, expandScript } from '../script/expand.ts';
import type { ParsedScript } from './parsed.ts';

/** All that a report says, from the log and the script in its artifacts. */
export interface CeremonyReport {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly origin: string;
  readonly mode: Mode;
  readonly opened: string;
  readonly ended: string | undefined;
  readonly outcome: string;
  /** Why it was aborted, or pauses. */
  readonly reason: string | undefined;
  readonly script: Hash;
  readonly plan: Hash;
  /** Over module, token and PIN source. */
  readonly environment: Hash;
  /** Short name → name, of those whom coldsign.yaml names now. */
  readonly names: Readonly<Record<string, string>>;
  /** Role → title, duty, people who held it. */
  readonly roles: readonly { readonly role: string; readonly title: string; readonly duty: string; readonly people: readonly string[] }[];
  readonly attendance: readonly { readonly time: string; readonly person: string; readonly role: string; readonly act: 'came' | 'left' }[];
  readonly steps: readonly ReportedStep[];
  /** What did not go straight on: attempts that failed, refusals, pauses, hand-overs, an abort. */
  readonly events: readonly { readonly time: string; readonly text: string }[];
  readonly exceptions: readonly ReportedException[];
  readonly keys: readonly ReportedKey[];
  readonly releases: readonly string[];
  readonly checkpoint: { readonly size: number; readonly root: Hash; readonly note: string };
}

export interface Hash {
  readonly hex: string;
  readonly words: readonly string[];
}

export interface ReportedStep {
  readonly number: number;
  readonly id: string;
  readonly act: string;
  readonly title: string;
  readonly role: string;
  readonly begun: string | undefined;
  readonly ended: string | undefined;
  readonly outcome: string;
  readonly text: string;
  /** The last of them is told by the times. */
  readonly attempts: number;
  readonly evidence: { readonly name: string; readonly sha256: string } | undefined;
  readonly approvals: readonly { readonly person: string; readonly role: string; readonly by: string; readonly time: string }[];
  /** What the log has of it, in words. */
  readonly entries: readonly { readonly seq: number; readonly text: string }[];
}

export interface ReportedException {
  readonly number: number;
  readonly step: string;
  readonly time: string;
  readonly what: string;
  readonly why: string;
  readonly agreed: readonly string[];
  readonly followUp: string;
  readonly closed: { readonly time: string; readonly text: string } | undefined;
}

export interface ReportedKey {
  readonly became: 'made' | 'imported' | 'restored' | 'destroyed';
  readonly zone: string;
  readonly role: string;
  readonly keyTag: number;
  readonly algorithm: number;
  /** SHA-256 digest of the DS; a ZSK has it too, as its fingerprint. */
  readonly fingerprint: Hash;
  /** Of a key that a DS may name, and that is still there. */
  readonly ds: string | undefined;
}

export function collectReport(workspace: ReadWorkspace, ceremony: Ceremony, script: ParsedScript): CeremonyReport {
  const { state, content, config } = workspace;
  const entries = [...entriesFrom(content, firstSeq(content, ceremony))];
  const mine = entriesOf(entries, ceremony.id);
  const head = script === undefined ? headByLog(ceremony) : expandHead(script);
  const sealed = sealedHead(workspace);
  return {
    id: ceremony.id,
    title: head.title,
    purpose: head.purpose,
    origin: state.origin,
    mode: state.mode,
    opened: ceremony.opened,
    ended: ceremony.ended?.time,
    outcome: ceremony.ended?.outcome ?? (ceremony.paused === undefined ? 'under way' : 'paused'),
    reason: ceremony.ended === undefined ? ceremony.paused?.reason : ceremony.ended.reason,
    script: hashOf(ceremony.script.sha256),
    plan: hashOf(ceremony.plan),
    environment: hashOf(ceremony.environment),
    names: Object.fromEntries(Object.entries(config.people).map(([person, { name }]) => [person, name])),
    roles: Object.entries(head.roles).map(([role, { title, duty }]) => ({ role, title, duty, people: heldBy(mine, ceremony, role) })),
    attendance: mine.flatMap((entry) =>
      entry.type === 'ceremony.attendance'
        ? [{ time: entry.time, person: entry.data.person, role: entry.data.role, act: entry.data.act }]
        : [],
    ),
    steps: stepsOf(script === undefined ? stepsByLog(ceremony) : expandScript(script), ceremony, mine),
    events: eventsOf(mine),
    exceptions: exceptionsOf(mine),
    keys: mine.flatMap((entry) => keysOf(entry, workspace)),
    releases: mine.flatMap((entry) => (entry.type === 'release.intent' ? [describeEntry(entry)] : [])),
    checkpoint: { size: sealed.size, root: hashOf(Buffer.from(sealed.root).toString('hex')), note: sealed.note },
  };
}

/** The entry that opens it; the log is read from there. */
function firstSeq(content: ReadWorkspace['content'], { id }: Ceremony): number {
  for (const entry of entriesFrom(content, 0)) if (entry.type === 'ceremony.opened' && entry.data.ceremony === id) return entry.seq;
  return content.tree.size;
}

/** Those that name the ceremony, and all of sessions that were opened for one of its steps. */
function entriesOf(entries: readonly AnyEntry[], id: string): readonly AnyEntry[] {
  const sessions = new Set(
    entries.flatMap((entry) => (entry.type === 'session.open' && entry.data.ceremony === id ? [entry.session] : [])),
  );
  return entries.filter((entry) => sessions.has(entry.session) || ('ceremony' in entry.data && entry.data.ceremony === id));
}

/** Everybody who had the role at some time. */
function heldBy(entries: readonly AnyEntry[], { people }: Ceremony, role: string): readonly string[] {
  const opened = entries.flatMap((entry) => (entry.type === 'ceremony.opened' ? (entry.data.people[role] ?? []) : []));
  return [...new Set([...opened, ...(people[role] ?? [])])];
}

type StepHead = Pick<ReportedStep, 'number' | 'id' | 'act' | 'title' | 'role'>;

/** Of a script that this version does not read any more: what the log has of it. */
function headByLog({
  title,
  people,
}: Ceremony): Pick<CeremonyReport, 'title' | 'purpose'> & { readonly roles: Readonly<Record<string, { title: string; duty: string }>> } {
  const roles = Object.keys(people).map((role) => [role, { title: role, duty: '' }] as const);
  return {
    title,
    purpose: 'The script was written for another version of the program: it is in the export as it was approved.',
    roles: Object.fromEntries(roles),
  };
}

function stepsByLog({ steps }: Ceremony): readonly StepHead[] {
  return Object.keys(steps).map((id, i) => ({ number: i + 1, id, act: 'Steps by the log', title: id, role: '' }));
}

function stepsOf(steps: readonly StepHead[], ceremony: Ceremony, entries: readonly AnyEntry[]): readonly ReportedStep[] {
  const stepOfSession = new Map(
    entries.flatMap((entry) =>
      entry.type === 'session.open' && entry.data.step !== undefined ? [[entry.session, entry.data.step] as const] : [],
    ),
  );
  return steps.map(({ number, id, act, title, role }) => {
    const { begun, ended, outcome, text = '', approvals = [], attempts = 0 } = ceremony.steps[id] ?? {};
    const told = entries.filter((entry) => stepOfSession.get(entry.session) === id && !isFrame(entry));
    return {
      number,
      id,
      act,
      title,
      role,
      begun,
      ended,
      outcome: outcome ?? (begun === undefined ? 'not reached' : 'begun, not ended'),
      text,
      attempts,
      evidence: evidenceOf(id, entries),
      approvals,
      entries: told.map((entry) => ({ seq: entry.seq, text: describeEntry(entry) })),
    };
  });
}

/** The file that was kept with the end of a step. */
function evidenceOf(step: string, entries: readonly AnyEntry[]): ReportedStep['evidence'] {
  const ended = entries.findLast((entry) => entry.type === 'ceremony.step.ended' && entry.data.step === step);
  const kept = ended?.type === 'ceremony.step.ended' ? ended.data.evidence : undefined;
  return kept === undefined ? undefined : { name: kept.name, sha256: kept.sha256 };
}

function eventsOf(entries: readonly AnyEntry[]): CeremonyReport['events'] {
  return entries.flatMap((entry) => {
    if (!isEvent(entry)) return [];
    const { ceremony } = entry.data as { readonly ceremony: string };
    return [{ time: entry.time, text: describeEntry(entry).replace(`${ceremony}: `, '') }];
  });
}

function isEvent({ type, data }: AnyEntry): boolean {
  if (type === 'ceremony.step.ended') return data.outcome === 'failed';
  return ['approval.refused', 'ceremony.paused', 'ceremony.resumed', 'ceremony.handover', 'ceremony.ended'].includes(type);
}

/** Sessions and steps as such are told by their times. */
const isFrame = ({ type }: AnyEntry): boolean =>
  type.startsWith('session.') || type.startsWith('ceremony.step.') || type === 'approval.given';

function exceptionsOf(entries: readonly AnyEntry[]): readonly ReportedException[] {
  const closed = new Map(
    entries.flatMap((entry) =>
      entry.type === 'ceremony.exception.closed' ? [[entry.data.number, { time: entry.time, text: entry.data.text }] as const] : [],
    ),
  );
  return entries.flatMap((entry) => {
    if (entry.type !== 'ceremony.exception') return [];
    const { ceremony: _, ...data }: EntryData['ceremony.exception'] = entry.data;
    return [{ ...data, time: entry.time, closed: closed.get(data.number) }];
  });
}

/** Keys that came or went with an entry. */
function keysOf(entry: AnyEntry, workspace: ReadWorkspace): readonly ReportedKey[] {
  switch (entry.type) {
    case 'key.generate.result':
      return [reportedKey(entry.data.key, 'made')];
    case 'key.imported':
      return [reportedKey(entry.data.key, 'imported')];
    case 'key.destroy.result':
      return [reportedKey(entry.data.key, 'destroyed')];
    case 'key.restored':
      return restoredKeys(entry.data.keys, workspace).map((key) => reportedKey(key, 'restored'));
    default:
      return [];
  }
}

/** The entry names them; what they are the log has told before. */
function restoredKeys(named: EntryData['key.restored']['keys'], { state, artifacts }: ReadWorkspace): readonly LoggedKey[] {
  const refs = 'sha256' in named ? (JSON.parse(artifacts.get(named).toString('utf8')) as readonly KeyRef[]) : named;
  return refs.flatMap(({ zone, keyTag, id }) => {
    const { keys = [], past = [] } = state.zones[zone] ?? {};
    return [...keys, ...past].find((key) => key.keyTag === keyTag && key.id === id) ?? [];
  });
}

function reportedKey({ zone, role, keyTag, algorithm, dnskey }: LoggedKey, became: ReportedKey['became']): ReportedKey {
  const apex = parseName(zone);
  const ds = dsRdata(apex, Buffer.from(dnskey, 'base64'), DIGEST.sha256);
  const hex = Buffer.from(ds.subarray(4)).toString('hex');
  const line =
    role === 'zsk' || became === 'destroyed'
      ? undefined
      : `${printName(apex)} IN DS ${keyTag} ${algorithm} ${DIGEST.sha256} ${hex.toUpperCase()}`;
  return { became, zone, role, keyTag, algorithm, fingerprint: hashOf(hex), ds: line };
}

const hashOf = (hex: string): Hash => ({ hex, words: hashWords(Buffer.from(hex, 'hex')) });
