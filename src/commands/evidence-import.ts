import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Refusal } from '../../signer/errors.ts';
import { isoText } from '../config/time-text.ts';
import { type TakenEvidence, takeEvidence } from '../evidence/take.ts';
import type { Io } from '../io.ts';
import { checkedReason } from '../release/reason.ts';
import { type SessionRequest, withSession } from '../workspace/session.ts';

export interface EvidenceImportOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly files: readonly string[];
  readonly serversChanged?: string;
  readonly json: boolean;
}

/** `evidence import`: files of what was seen → states of rollovers. Files are taken in the order in which they are named. */
export async function evidenceImport(options: EvidenceImportOptions, io: Io): Promise<number> {
  const serversChanged = options.serversChanged === undefined ? undefined : checkedReason(options.serversChanged, '--servers-changed');
  const files = options.files.map((file) => ({ name: basename(file), octets: read(file) }));
  return withSession({ ...options, command: 'evidence import' }, io, async (session) => {
    const taken = files.map((file) => takeEvidence(session, { ...file, serversChanged }));
    io.out.write(options.json ? `${JSON.stringify({ format: 1, evidence: taken }, undefined, 2)}\n` : taken.map(textOf).join(''));
    const against = taken.flatMap(({ zone, contradictions }) => contradictions.map((text) => `${zone}: ${text}`));
    if (against.length === 0) return 0;
    throw new Refusal(
      'evidence/contradiction',
      `${against.length} of the things that were seen contradict what was known: ${against.join('; ')}`,
      'it is in the log, and what depends on it stands still; find out what is true, and look again',
    );
  });
}

const textOf = ({ zone, kind, observed, notes }: TakenEvidence): string =>
  `${zone} ${kind === 'ds' ? 'DS at the parent' : 'servers'} as of ${isoText(observed)}\n${notes.map((text) => `  ${text}\n`).join('')}next: coldsign roll advance --zone ${zone}\n`;

/** More than the most servers with the most DS records need. */
const MOST_OCTETS = 8 * 1024 * 1024;

function read(file: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size <= MOST_OCTETS) return readFileSync(file);
    throw new Refusal(
      'evidence/form',
      `${file} has ${size} octets; ${MOST_OCTETS} are the most that a file of evidence has`,
      'look at what was collected: one file has one look at the servers of one zone',
    );
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('evidence/unreadable', `${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`, 'check the path', {
      cause,
    });
  }
}
