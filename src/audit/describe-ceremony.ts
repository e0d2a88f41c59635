import { isoText } from '../config/time-text.ts';
import type { AnyEntry } from '../state/state.ts';

export type CeremonyEntry = Extract<
  AnyEntry,
  { type: `ceremony.${string}` | 'approval.given' | 'approval.refused' | 'env.checked' | 'clock.checked' | 'continuity.checked' }
>;

/** What an entry on a ceremony says, in one line of words. */
export function describeCeremony(entry: CeremonyEntry): string {
  return `${entry.data.ceremony}: ${words(entry)}`;
}

function words(entry: CeremonyEntry): string {
  switch (entry.type) {
    case 'ceremony.opened': {
      const { title, script, plan, people, rehearsal } = entry.data;
      const who = Object.entries(people).map(([role, names]) => `${role} ${names.join(', ')}`);
      return `"${title}" begins, script ${script.sha256.slice(0, 12)}, plan ${plan.slice(0, 12)}, ${who.join('; ')}${rehearsal === undefined ? '' : `, rehearsed as ${rehearsal}`}`;
    }
    case 'ceremony.attendance':
      return `${entry.data.person} (${entry.data.role}) ${entry.data.act}`;
    case 'ceremony.step.begun':
      return `step ${entry.data.step} begins${entry.data.attempt === 1 ? '' : `, attempt ${entry.data.attempt}`}`;
    case 'ceremony.step.ended': {
      const { step, outcome, text, status } = entry.data;
      return `step ${step} ${outcome === 'done' ? 'done' : outcome.toUpperCase()}${status === undefined ? '' : ` (exit ${status})`}: ${text}`;
    }
    case 'approval.given': {
      const { step, person, role, by, typed } = entry.data;
      const how = { key: 'by an own key', share: 'by an own share', screen: 'by name' }[by];
      return `${person} (${role}) agrees to step ${step}, ${how}${typed === undefined ? '' : `, and has typed "${typed}"`}`;
    }
    case 'approval.refused':
      return `${entry.data.person} does NOT agree to step ${entry.data.step}: ${entry.data.reason}`;
    case 'ceremony.exception': {
      const { number, step, what, why, agreed, followUp } = entry.data;
      return `EXCEPTION ${number} at step ${step}: ${what}, because ${why}; agreed by ${agreed.join(', ')}; follow-up: ${followUp}`;
    }
    case 'ceremony.exception.closed':
      return `exception ${entry.data.number} closed: ${entry.data.text}; agreed by ${entry.data.agreed.join(', ')}`;
    case 'ceremony.handover': {
      const { role, from, to, reason } = entry.data;
      return `${role}: ${to} takes over from ${from}, because ${reason}`;
    }
    case 'ceremony.paused':
      return `pauses, because ${entry.data.reason}`;
    case 'ceremony.resumed':
      return `goes on: ${entry.data.text}`;
    case 'ceremony.ended':
      return `${entry.data.outcome === 'done' ? 'ends' : 'is ABORTED'}${entry.data.reason === undefined ? '' : `, because ${entry.data.reason}`}`;
    case 'env.checked':
      return environmentWords(entry.data.findings);
    case 'clock.checked': {
      const { person, machine, witness, tolerance } = entry.data;
      return `${person} reads ${isoText(witness)}, the machine ${isoText(machine)}: ${Math.abs(machine - witness)} s apart, ${tolerance} s allowed`;
    }
    case 'continuity.checked': {
      const { person, size, words: typed, outcome } = entry.data;
      return `${person} types size ${size} and the words ${typed}: ${outcome === 'continues' ? 'the log continues what was printed' : 'MISMATCH, this log is not a continuation of the one that was printed'}`;
    }
    default:
      return entry satisfies never;
  }
}

function environmentWords(findings: readonly { readonly id: string; readonly severity: string; readonly text: string }[]): string {
  const told = findings.filter(({ severity }) => severity !== 'pass').map(({ id, severity, text }) => `${id} ${severity}s (${text})`);
  const passed = findings.length - told.length;
  return [...told, `${passed} of ${findings.length} checks of the machine pass`].join('; ');
}
