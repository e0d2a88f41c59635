import type { Move } from '../../keystore/rollover/model.ts';
import { isoText } from '../config/time-text.ts';
import type { AnyEntry } from '../state/state.ts';
import { describeCeremony } from './describe-ceremony.ts';
import type { ArtifactRef, KeyRef, LoggedKey, LoggedVerdict, PolicyChange, TokenRef } from './entry.ts';

/** What an entry says, in one line of words; nothing in it can move a terminal's cursor. */
export function describeEntry(entry: AnyEntry): string {
  return plain(words(entry));
}

function words(entry: AnyEntry): string {
  switch (entry.type) {
    case 'log.genesis':
      return `the log ${entry.data.origin} begins, signed by ${entry.data.vkey} (key "${entry.data.key.label}" on token ${entry.data.key.serial}), coldsign ${entry.data.version}`;
    case 'log.anomaly':
      return `${entry.data.kind}: ${entry.data.text}${entry.data.artifact === undefined ? '' : `, kept as ${file(entry.data.artifact)}`}`;
    case 'session.open': {
      const { command, version, program, head, witnessed, ceremony, step } = entry.data;
      const seen = witnessed === undefined ? '' : `, witnessed up to ${count(witnessed, 'entry', 'entries')}`;
      return `${command}, coldsign ${version} (program ${short(program)}), head ${head === 'token' ? 'kept in the token' : 'not kept in the token'}${seen}${ceremony === undefined ? '' : `, for step ${step} of ${ceremony}`}`;
    }
    case 'session.close':
      return `${entry.data.outcome}${entry.data.code === undefined ? '' : `: ${entry.data.code}`}`;
    case 'clock.jump':
      return `the clock was moved by ${entry.data.seconds} s`;
    case 'policy.loaded':
      return policyWords(entry.data);
    case 'input.accepted':
      return `${release(entry.data)} from ${entry.data.files.map(file).join(', ')}`;
    case 'input.rejected':
      return `${entry.data.zone} ${entry.data.code}: ${entry.data.text}`;
    case 'key.generate.intent':
      return `${entry.data.role.toUpperCase()} of ${entry.data.zone}, algorithm ${entry.data.algorithm}, to be made on token ${entry.data.token} as "${entry.data.label}"`;
    case 'key.generate.result':
      return `${key(entry.data.key)} made ${forEntry(entry.data.intent)}`;
    case 'key.imported':
      return `${key(entry.data.key)} made by ${entry.data.from}, used from now on${because(entry.data.reason)}`;
    case 'key.proved': {
      const { key: proved, tokens: on, rrset } = entry.data;
      return `${keyRef(proved)} is the same on ${tokens(on)}: each signed a challenge${rrset === undefined ? '' : ` and the DNSKEY RRset ${short(rrset)}`}`;
    }
    case 'key.refused':
      return `${keyRef(entry.data.key)} ${entry.data.code}: ${entry.data.text}`;
    case 'key.destroy.intent':
      return `${key(entry.data.key)} to be destroyed on ${tokens(entry.data.tokens)}${because(entry.data.reason)}`;
    case 'key.destroy.result':
      return `${key(entry.data.key)} is found no more on ${tokens(entry.data.tokens)} ${forEntry(entry.data.intent)}`;
    case 'key.backup': {
      const { method, keys: saved, token, sha256, place } = entry.data;
      return `backup (${method}) of ${keyRefs(saved)} on ${tokens([token])}${sha256 === undefined ? '' : `, sha256 ${short(sha256)}`}: ${place}`;
    }
    case 'key.drill': {
      const { method, keys: drilled, sha256, outcome, text } = entry.data;
      const what = outcome === 'proved' ? 'proves' : 'FAILED to prove';
      return `drill (${method}) ${what} the backup${sha256 === undefined ? '' : ` ${short(sha256)}`} of ${keyRefs(drilled)}: ${text}`;
    }
    case 'key.restore.intent': {
      const { method, keys: restored, token, sha256, reason } = entry.data;
      return `${keyRefs(restored)} to be restored (${method}) to ${tokens([token])} from ${short(sha256)}${because(reason)}`;
    }
    case 'key.restored': {
      const { method, keys: restored, token, sha256, reason } = entry.data;
      return `${keyRefs(restored)} restored (${method}) to ${tokens([token])}${sha256 === undefined ? '' : ` from ${short(sha256)}`}${because(reason)}`;
    }
    case 'pin.shares': {
      const { act, set, token, threshold, holders, replaces, reason } = entry.data;
      const instead = replaces === undefined ? '' : `, in place of ${short(replaces)}`;
      return `PIN of ${tokens([token])}: set ${short(set)} ${act}, ${threshold} of ${holders.length} (${holders.join(', ')})${instead}${because(reason)}`;
    }
    case 'pin.combined':
      return `PIN of ${tokens([entry.data.token])} from the shares of ${entry.data.holders.join(', ')} (set ${short(entry.data.set)})`;
    case 'sign.intent': {
      const { signatures, keyTags, plan, previous } = entry.data;
      const after = previous === undefined ? '' : `, after serial ${previous}`;
      return `${release(entry.data)}: ${count(signatures, 'signature')} to be made by ${keys(keyTags)}${after}, plan ${short(plan)}`;
    }
    case 'sign.result': {
      const { made, kept, signed, perKey, intent } = entry.data;
      const each = perKey.map(({ keyTag, signatures }) => `${signatures} by ${keyTag}`).join(', ');
      return `${release(entry.data)}: ${made} made${each === '' ? '' : ` (${each})`}, ${kept} kept, signed zone ${short(signed)} ${forEntry(intent)}`;
    }
    case 'gate.passed':
    case 'gate.refused':
      return `${release(entry.data)}: ${verdicts(entry.data.verdicts)}`;
    case 'release.intent': {
      const { release: made, folder } = entry.data;
      const what =
        made.kind !== undefined
          ? `${made.kind === 'catalog' ? 'catalog' : 'UNSIGNED zone'}, ${count(made.records, 'record')}`
          : `${count(made.records, 'record')}, valid ${made.validFrom} to ${made.validUntil}, ${keys(made.keyTags)}`;
      return `${release(made)}: ${what}, MANIFEST ${short(made.manifest)}, to be placed in ${folder}`;
    }
    case 'release.result':
      return `${release(entry.data)} stands ${forEntry(entry.data.intent)}`;
    case 'roll.started': {
      const { zone, roll, approvals } = entry.data;
      const agreed = approvals === undefined ? '' : `, agreed by ${approvals.join(', ')}`;
      const broken = roll.breaksChain ? ', which may BREAK the chain of trust' : '';
      return `${zone}: rollover ${roll.id} (${roll.kind}) begins, ${names(roll.old)} to ${names(roll.new)}${broken}${agreed}${because(roll.reason)}`;
    }
    case 'roll.noted':
      return `${entry.data.zone}: ${moves(entry.data.moves)}`;
    case 'roll.step.intent': {
      const { zone, moves: done, plan, change } = entry.data;
      const back = change.roll === undefined || change.roll === 'none' ? undefined : change.roll.backReason;
      return `${zone}: ${moves(done)}, with the next release, plan ${short(plan)}${back === undefined ? '' : `; the way back${because(back)}`}`;
    }
    case 'roll.cancelled':
      return `${entry.data.zone}: rollover ${entry.data.roll} goes back, ${entry.data.how}: ${moves(entry.data.moves)}`;
    case 'zone.observed': {
      const { zone, serial, from, source, servers, notes, artifact } = entry.data;
      return `${zone} serial ${serial} is served since ${isoText(from)} at the latest (${seen(source, servers, artifact)})${remarks(notes)}`;
    }
    case 'ds.observed': {
      const { zone, at, agree, keys: found, ttl, source, servers, notes, artifact } = entry.data;
      const what = agree ? `the parent has DS of ${names(found)}, TTL ${ttl}` : 'the servers of the parent do not agree';
      return `${zone}: ${what} at ${isoText(at)} (${seen(source, servers, artifact)})${remarks(notes)}`;
    }
    case 'ds.submitted':
      return `${entry.data.zone}: DS of key ${entry.data.keyTag} handed in at ${isoText(entry.data.at)}`;
    case 'ds.retracted':
      return `${entry.data.zone}: removal of the DS of key ${entry.data.keyTag} asked for at ${isoText(entry.data.at)}`;
    case 'exception.opened':
      return `${release(entry.data)}: rule ${entry.data.rule} set aside because "${entry.data.reason}" (${entry.data.text})`;
    case 'intent.resolved': {
      const { intent, outcome, found, key: made } = entry.data;
      return `entry ${intent} ${outcome}: ${found}${made === undefined ? '' : `; ${key(made)}`}`;
    }
    case 'batch.begun':
      return `run over ${'sha256' in entry.data.zones ? `the zones in ${file(entry.data.zones)}` : count(entry.data.zones.length, 'zone')}`;
    case 'batch.zone':
      return `${entry.data.zone} ${entry.data.outcome}${entry.data.code === undefined ? '' : `: ${entry.data.code}`}`;
    case 'batch.ended':
      return `run ended: ${entry.data.done} done, ${entry.data.refused} refused, ${entry.data.failed} failed`;
    case 'checkpoint.witnessed':
      return `${entry.data.witness} saw the log with ${count(entry.data.size, 'entry', 'entries')} at ${entry.data.time}`;
    case 'ceremony.opened':
    case 'ceremony.attendance':
    case 'ceremony.step.begun':
    case 'ceremony.step.ended':
    case 'approval.given':
    case 'approval.refused':
    case 'ceremony.exception':
    case 'ceremony.exception.closed':
    case 'ceremony.handover':
    case 'ceremony.paused':
    case 'ceremony.resumed':
    case 'ceremony.ended':
    case 'env.checked':
    case 'clock.checked':
    case 'continuity.checked':
      return describeCeremony(entry);
    case 'export.created':
      return `export of ${count(entry.data.size, 'entry', 'entries')} in ${count(entry.data.files, 'file')}, sha256 ${entry.data.sha256}`;
    default:
      return entry satisfies never;
  }
}

/** Changes named in one line; the others are in the entry. */
const NAMED_CHANGES = 4;

function policyWords({
  config,
  diff,
  whole,
  approvals,
}: {
  config: ArtifactRef;
  diff: readonly PolicyChange[];
  whole?: ArtifactRef;
  approvals?: readonly string[];
}): string {
  const named = diff.slice(0, NAMED_CHANGES).map(change).join(', ');
  const more =
    whole !== undefined
      ? `, all of them in ${file(whole)}`
      : diff.length > NAMED_CHANGES
        ? `, and ${diff.length - NAMED_CHANGES} more`
        : '';
  const agreed = approvals === undefined ? '' : `, agreed by ${approvals.join(', ')}`;
  return `${file(config)} takes effect: ${named === '' ? 'no value changes' : `${named}${more}`}${agreed}`;
}

function change({ path, before, after }: PolicyChange): string {
  if (before === undefined) return `${path} becomes ${value(after)}`;
  return after === undefined ? `${path} goes (was ${value(before)})` : `${path} ${value(before)} becomes ${value(after)}`;
}

const value = (text = ''): string => (text === '' ? '""' : text);

/** Failures and exceptions first: they are what is looked for. */
function verdicts(all: readonly LoggedVerdict[]): string {
  const told = all
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ rule, verdict, text }) => `${rule} ${verdict === 'fail' ? 'FAILED' : 'overridden'} (${text})`);
  const passed = all.filter(({ verdict }) => verdict === 'pass').map(({ rule }) => rule);
  return [...told, ...(passed.length === 0 ? [] : [`passed ${passed.join(', ')}`])].join('; ');
}

const because = (reason: string | undefined): string => (reason === undefined ? '' : ` because "${reason}"`);

function keyRef({ zone, keyTag, id }: KeyRef): string {
  return `key ${keyTag} of ${zone}, CKA_ID ${id}`;
}

/** Keys named in one line; the others are in the entry. */
const NAMED_KEYS = 4;

function keyRefs(all: readonly KeyRef[] | ArtifactRef): string {
  if ('sha256' in all) return `the keys in ${file(all)}`;
  const named = all.slice(0, NAMED_KEYS).map(keyRef).join('; ');
  return all.length > NAMED_KEYS ? `${named}; and ${all.length - NAMED_KEYS} more` : named || 'no keys';
}

const names = (keyNames: readonly string[]): string => keyNames.join(', ') || 'no key';
const moves = (all: readonly Move[]): string => all.map(describeMove).join('; ') || 'nothing moves';
const remarks = (notes: readonly string[] = []): string => notes.map((text) => `; ${text}`).join('');

function describeMove(move: Move): string {
  return move.kind === 'revoke' ? `${move.key} revoked` : `${move.record} of ${move.key} ${move.to}`;
}

function seen(source: 'evidence' | 'attested', servers: number, artifact: ArtifactRef | undefined): string {
  if (source === 'attested') return 'attested by the operator';
  return `seen on ${count(servers, 'server')}${artifact === undefined ? '' : `, ${file(artifact)}`}`;
}

function tokens(all: readonly TokenRef[]): string {
  return all.map(({ label, serial }) => `token ${label} (${serial})`).join(', ');
}

function key({ zone, role, algorithm, keyTag, id, token, serial }: LoggedKey): string {
  return `${role.toUpperCase()} ${keyTag} of ${zone}, algorithm ${algorithm}, CKA_ID ${id} on token ${token} (${serial})`;
}

const release = ({ zone, serial }: { readonly zone: string; readonly serial: number }): string => `${zone} serial ${serial}`;
const file = ({ name, sha256 }: ArtifactRef): string => `${name} (${short(sha256)})`;
const keys = (tags: readonly number[]): string => `${tags.length === 1 ? 'key' : 'keys'} ${tags.join(', ') || 'none'}`;
const forEntry = (seq: number): string => `(intent: entry ${seq})`;
const short = (sha256: string): string => sha256.slice(0, 12);
const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Controls, and characters without a width that turn the direction of the text: names of files may hold anything. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}
