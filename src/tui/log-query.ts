import { createHash } from 'node:crypto';
import { printName } from '../../signer/dns/name.ts';
import { Fault } from '../../signer/errors.ts';
import type { Answer, Job, LogRow } from '../../tui/data.ts';
import { describeEntry, plain } from '../audit/describe.ts';
import { parseEntry } from '../audit/entry-line.ts';
import { type EntryFilter, fits, parseKeyWish, parseTypeWish } from '../audit/filter.ts';
import { leafHash, MerkleTree, nodeSha256 } from '../audit/merkle.ts';
import { checkSignedHead } from '../audit/signed-head.ts';
import type { SubjectSources } from '../audit/subjects.ts';
import { parseVkey } from '../audit/vkey.ts';
import { parseOrigin } from '../config/origin.ts';
import { isoText, parseMoment } from '../config/time-text.ts';
import { lineSieve } from './line-sieve.ts';
import type { View } from './view.ts';

/** @throws Refusal audit/bad-entry, audit/unknown-entry; Fault audit/not-readable */
export function logRows({ log }: View, numbers: readonly number[]): Answer {
  return { of: 'log-rows', rows: numbers.filter((seq) => seq >= 0 && seq < log.size).map((seq) => rowOf(log.entryAt(seq))) };
}

function rowOf(entry: ReturnType<typeof parseEntry>): LogRow {
  const { seq, time, actor, type } = entry;
  return { seq, time, actor: plain(actor.name), type, text: describeEntry(entry) };
}

/** One entry whole, as JSON, with the hash that the tree of the log has of it. */
export function logEntry({ log }: View, seq: number): Answer {
  const leaf = log.leafAt(seq);
  const entry = parseEntry(leaf.toString('latin1'), seq);
  const lines = [
    describeEntry(entry),
    '',
    ...plainLines(JSON.stringify(entry, undefined, 2)),
    '',
    `${leaf.length} octets, leaf hash ${Buffer.from(leafHash(leaf, nodeSha256)).toString('hex')}`,
    `sha256 of the line ${createHash('sha256').update(leaf).digest('hex')}`,
  ];
  return { of: 'log-entry', seq, lines };
}

const plainLines = (text: string): readonly string[] => text.split('\n').map(plain);

/**
 * Entries that fit all words of a query: `zone:NAME`, `key:TAG`, `person:NAME`, `type:TYPE`, `session:ID`, `since:TIME`, `until:TIME`, and any other
 * word where it stands in the entry, whatever its case.
 * @throws Refusal usage/audit-filter, usage/time, name/…; AbortError where the job was stopped
 */
export async function logSearch(view: View, query: string, now: number, job: Job): Promise<Answer> {
  const words = query.split(/\s+/).filter((word) => word !== '');
  const filter: EntryFilter = Object.assign({}, ...words.map((word) => partOf(word, view, now)));
  const plainWords = words.filter((word) => !PART.test(word)).map((word) => word.toLowerCase());
  const isPlain = Object.keys(filter).length === 0;
  const sieve = lineSieve(filter);
  const sources = sourcesOf(view);
  const found: number[] = [];
  for await (const [seq, leaf] of view.log.leaves(job, 'entries')) {
    const text = leaf.toString('latin1');
    if (plainWords.length > 0) {
      const lower = text.toLowerCase();
      if (!plainWords.every((word) => lower.includes(word))) continue;
    }
    const fit = isPlain ? 'yes' : sieve(text);
    if (fit === 'yes' || (fit === 'maybe' && fits(parseEntry(text, seq), filter, sources))) found.push(seq);
  }
  return { of: 'log-search', query, found };
}

const PART = /^(zone|key|person|type|session|since|until):(.+)$/;

function partOf(word: string, { state }: View, now: number): EntryFilter {
  const [, name, value = ''] = PART.exec(word) ?? [];
  switch (name) {
    case 'zone':
      return { zone: printName(parseOrigin(value)).toLowerCase() };
    case 'key':
      return { key: parseKeyWish(value, state) };
    case 'person':
      return { person: value };
    case 'type':
      return { types: [parseTypeWish(value)] };
    case 'session':
      return { session: value };
    case 'since':
      return { since: isoText(parseMoment(value, now)) };
    case 'until':
      return { until: isoText(parseMoment(value, now)) };
    default:
      return {};
  }
}

function sourcesOf({ log, artifacts }: View): SubjectSources {
  return {
    entry: (seq) => log.entryAt(seq),
    artifact(reference) {
      try {
        return JSON.parse(artifacts.get(reference).toString('utf8')) as unknown;
      } catch (error) {
        // Lost or damaged: an entry that may fit is shown rather than hidden.
        if (error instanceof Fault || error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
  };
}

/** Hashes the whole log again and holds it against the newest signed checkpoint. @throws Refusal audit/…; AbortError where the job was stopped */
export async function logVerify({ log, state }: View, job: Job): Promise<Answer> {
  // The newest of those that seal what is looked at: meanwhile others may write, and sign.
  const { checkpoint } = log;
  const tree = new MerkleTree(nodeSha256);
  for await (const [, leaf] of log.leaves(job, 'entries hashed')) tree.add(leaf);
  const head = checkSignedHead({ tree, checkpoint }, [parseVkey(state.vkey)]);
  if (head === undefined) return { of: 'log-verify', isGood: false, text: 'there is no signed checkpoint' };
  const since = tree.size - head.size;
  return {
    of: 'log-verify',
    isGood: true,
    text: `${head.size} entries fit the signed checkpoint${since === 0 ? '' : `, ${since} came since`}`,
  };
}
