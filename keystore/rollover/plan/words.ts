import { cancel } from '../cancel.ts';
import { contentsOf } from '../contents.ts';
import { isPresent, type KeyName, type Move, type Roll, type RollKey, type RollRules, stateOf, type ZoneRoll } from '../model.ts';
import { observeDs } from '../observe-ds.ts';
import { dsToCome, isAct } from './assumed.ts';
import type { StepKind, WayBack } from './types.ts';
import type { Pace } from './walk.ts';

/** A step in words. Names of keys stand apart in them, so that a like step of other keys has the same words. */
export interface Told {
  readonly kind: StepKind;
  readonly title: Phrase;
  readonly back: { readonly kind: WayBack['kind']; readonly how: Phrase };
}

/** Text, name of a key, text, and so on in turn. */
type Phrase = readonly string[];

/** @param known words of steps that others are like */
export function tell(pace: Pace, rules: RollRules, known: Map<Pace, Told>): Told {
  const original = pace.like?.pace ?? pace;
  let told = known.get(original);
  if (told === undefined) {
    const { zone } = original;
    if (zone === undefined) throw new Error('a step that is like another one has no words of its own');
    const { kind, how } = wayBack(original, zone, rules);
    told = { kind: kindOf(original), title: titleOf(original, zone).split(MARK), back: { kind, how: how.split(MARK) } };
    known.set(original, told);
  }
  return told;
}

/** Labels in the place of names. */
export function withLabels(phrase: Phrase, labelOf: (name: KeyName) => string): string {
  let text = phrase[0]!;
  for (let i = 1; i < phrase.length; i += 2) text += labelOf(phrase[i]!) + phrase[i + 1]!;
  return text;
}

const MARK = '\u0001';
const mark = (name: KeyName): string => `${MARK}${name}${MARK}`;

/** What kind of step these moves make together. */
function kindOf({ isGeneration, moves }: Pick<Pace, 'isGeneration' | 'moves'>): StepKind {
  if (isGeneration) return 'generate';
  const acts = moves.filter(isAct);
  if (acts.length === 0) return 'end';
  if (acts.some(({ kind }) => kind === 'revoke')) return 'revoke';
  const comes = acts.some((move) => move.kind === 'record' && move.to === 'rumoured');
  const goes = acts.some((move) => move.kind === 'record' && move.to === 'unretentive');
  const isParentOnly = acts.every((move) => move.kind === 'record' && move.record === 'ds');
  if (isParentOnly) return 'parent';
  return comes && goes ? 'change-over' : comes ? 'publish' : 'withdraw';
}

/** `publish new ZSK 1`, `sign data with new ZSK 1 in place of ZSK 4711`. */
function titleOf({ isGeneration, moves, roll }: Pace, zone: ZoneRoll): string {
  if (isGeneration) return `generate ${names(zone.keys.filter(isUnused).map(({ name }) => mark(name)))}`;
  const acts = inOrder(moves.filter(isAct), zone);
  if (acts.length === 0) {
    const gone = roll.old.filter((name) => zone.keys.every((key) => key.name !== name || !isAnywhere(key)));
    return gone.length === 0
      ? 'all caches have what is published; the rollover ends'
      : `no cache holds anything of ${names(gone.map(mark))}; the rollover ends`;
  }
  const revoked = acts.filter(({ kind }) => kind === 'revoke').map(({ key }) => mark(key));
  const by = (record: string, to: string): readonly string[] =>
    acts.filter((move) => move.kind === 'record' && move.record === record && move.to === to).map(({ key }) => mark(key));
  if (isUnsigned(zone) && acts.some((move) => move.kind === 'record' && move.record === 'zrrsig'))
    return `withdraw ${names(by('dnskey', 'unretentive'))} and all signatures: the zone is unsigned then`;
  const [comes, goes] = [(record: string) => by(record, 'rumoured'), (record: string) => by(record, 'unretentive')];
  return [
    ...(revoked.length === 0 ? [] : [`revoke ${names(revoked)}`]),
    ...phrase('publish', 'withdraw', comes('dnskey'), goes('dnskey')),
    // Key and signature over the keys travel together nearly always.
    ...phrase(
      'sign the keys with',
      'sign the keys no longer with',
      without(comes('krrsig'), comes('dnskey')),
      without(goes('krrsig'), goes('dnskey')),
    ),
    ...phrase('sign the data with', 'sign the data no longer with', comes('zrrsig'), goes('zrrsig')),
    ...phrase('ask the parent for the DS of', 'have the parent remove the DS of', comes('ds'), goes('ds')),
  ].join('; ');
}

/** KSK before ZSK, as people name them, and keys of one role in the order in which they came. */
function inOrder(moves: readonly Move[], { keys }: ZoneRoll): readonly Move[] {
  const ranks = new Map(keys.map(({ name, role }, i) => [name, (role === 'zsk' ? keys.length : 0) + i]));
  return moves.toSorted((a, b) => (ranks.get(a.key) ?? 0) - (ranks.get(b.key) ?? 0));
}

const isUnsigned = ({ keys }: ZoneRoll): boolean => keys.every((key) => !isPresent(key, 'dnskey') && !isPresent(key, 'zrrsig'));
const names = (labels: readonly string[]): string => labels.join(' and ');
const without = (all: readonly string[], those: readonly string[]): readonly string[] => all.filter((one) => !those.includes(one));
const isAnywhere = (key: RollKey): boolean =>
  (['dnskey', 'krrsig', 'zrrsig', 'ds'] as const).some((record) => stateOf(key, record) !== 'hidden');
const isUnused = (key: RollKey): boolean => Object.keys(key.goals).length === 0 && !isAnywhere(key) && key.name.startsWith('new ');

function phrase(comes: string, goes: string, coming: readonly string[], going: readonly string[]): readonly string[] {
  if (coming.length > 0 && going.length > 0) return [`${comes} ${names(coming)} in place of ${names(going)}`];
  if (coming.length > 0) return [`${comes} ${names(coming)}`];
  return going.length > 0 ? [`${goes} ${names(going)}`] : [];
}

/** How to go back from where a step leads. */
function wayBack({ isGeneration, moves, roll, at }: Pace, zone: ZoneRoll, rules: RollRules): Omit<WayBack, 'until'> {
  if (isGeneration) return { kind: 'none', how: 'a key that is not used does no harm' };
  if (!moves.some(isAct) || zone.roll === undefined)
    return { kind: 'new-rollover', how: 'the rollover is over; another one brings the old state back' };
  const cancelled = cancel(zone, rules, at);
  if (!('refused' in cancelled)) return { kind: 'cancel', how: `roll cancel: ${undone(roll, zone, cancelled.zone, rules)}` };
  // While the parent owes an answer nothing is turned back; what is then possible is told.
  const answer = dsToCome(zone, rules, at);
  const seen = answer && observeDs(zone, answer).zone;
  const later = answer && seen && cancel(seen, rules, answer.at);
  if (seen === undefined || later === undefined || 'refused' in later)
    return { kind: 'new-rollover', how: `not by cancel: ${cancelled.refused}` };
  const how = `roll cancel, when all servers of the parent are seen with what they were asked for: ${undone(roll, seen, later.zone, rules)}`;
  return { kind: 'cancel', how };
}

/** What cancelling does first, and who stays in the end. */
function undone({ old }: Roll, zone: ZoneRoll, cancelled: ZoneRoll, rules: RollRules): string {
  const [before, after] = [contentsOf(zone, rules), contentsOf(cancelled, rules)];
  const again = after.dnskey.filter(({ name }) => before.dnskey.every((key) => key.name !== name)).map(({ name }) => mark(name));
  const what = [
    ...(before.ds.join() === after.ds.join() ? [] : ['the parent is asked for the DS of before']),
    ...(again.length === 0 ? [] : [`${names(again)} ${again.length === 1 ? 'is' : 'are'} published again`]),
    ...(before.signsZone.join() === after.signsZone.join()
      ? []
      : [after.signsZone.length === 0 ? 'the zone is unsigned again' : 'the data is signed as before']),
  ];
  const stays = old.length === 0 ? [] : [`${names(old.map(mark))} ${old.length === 1 ? 'stays' : 'stay'}`];
  return [...(what.length === 0 ? ['what was added is taken back'] : what), ...stays].join('; ');
}
