// The story: what the entries say, one after the other, and whether it can have happened so.
import { Ceremonies } from './ceremonies.ts';
import type { Files } from './container.ts';
import { type Genesis, type Json, type JsonObject, number, object, type ReadEntry, readEntry, text } from './entries.ts';
import { readText } from './export-manifest.ts';
import type { Findings } from './findings.ts';
import {
  type Cosignature,
  checkNote,
  cosignedAt,
  isSigned,
  type Key,
  type Keys,
  type Note,
  parseNote,
  parseSignatureLine,
} from './notes.ts';
import { isoTime, show } from './octets.ts';
import { disagreements, parseReleaseManifest, type ReleaseManifest } from './release-manifest.ts';
import { type Lines, lineAt, type Tree } from './tree.ts';

/** What the log says of an artifact. */
export interface Referenced {
  /** As the entries say; a MANIFEST of a release is named without. */
  readonly sizes: Set<number>;
  /** Named as the unsigned source of a zone and as nothing else. */
  onlyInput: boolean;
  readonly by: number;
}

interface FinishedRelease {
  readonly serial: number;
  readonly manifest: string;
  readonly isUnsigned: boolean;
}

export interface LastGate {
  readonly passed: boolean;
  readonly serial: number;
  readonly overridden: readonly string[];
}

export class Story {
  readonly references = new Map<string, Referenced>();
  readonly counts = { sessions: 0, releases: 0, exceptions: 0, anomalies: 0 };
  /** Zone → releases that stand, in order. */
  readonly #releases = new Map<string, FinishedRelease[]>();
  readonly #files: Files;
  readonly #findings: Findings;
  #last: ReadEntry | undefined;
  #mode: string | undefined;
  readonly #mono = new Map<string, number>();
  #session: string | undefined;
  readonly #sessions = new Set<string>();
  readonly #intents = new Map<number, ReadEntry>();
  /** Zone → what was signed last, what the gate said last. */
  readonly #signed = new Map<string, { readonly serial: number; readonly signed: string }>();
  readonly #gates = new Map<string, LastGate>();
  /** Zone → kind of the rollover that began last; a way to an insecure zone that turned back is none. */
  readonly #rolls = new Map<string, string>();
  /** Overridden verdicts and exceptions, as `zone serial rule`. */
  readonly #overridden = new Map<string, number>();
  readonly #exceptions = new Set<string>();
  readonly #witnessed: ReadEntry[] = [];
  /** MANIFESTs of releases: their signatures are checked when the keys are known. */
  readonly #notes: { readonly note: Note; readonly where: string }[] = [];
  readonly witnessedBy: string[] = [];
  readonly #ceremonies: Ceremonies;

  constructor({ files, findings }: { files: Files; findings: Findings }) {
    this.#files = files;
    this.#findings = findings;
    this.#ceremonies = new Ceremonies(files, findings);
  }

  get ceremonies(): number {
    return this.#ceremonies.count;
  }

  /** Ceremonies whose scripts are not here. */
  get unscripted(): number {
    return this.#ceremonies.unscripted;
  }

  get openIntents(): number {
    return this.#intents.size;
  }

  take(entry: ReadEntry): void {
    this.#clock(entry);
    this.#sessionOf(entry);
    this.#refer(entry);
    this.#ceremonies.take(entry);
    const { type, data, index } = entry;
    switch (type) {
      case 'key.generate.intent':
      case 'key.destroy.intent':
      case 'key.restore.intent':
      case 'sign.intent':
      case 'roll.step.intent':
        this.#intents.set(index, entry);
        break;
      case 'release.intent':
        this.#intents.set(index, entry);
        this.#release(entry);
        break;
      case 'key.generate.result':
      case 'key.destroy.result':
      case 'release.result':
        this.#result(entry);
        break;
      case 'sign.result':
        this.#result(entry);
        this.#signed.set(text(data, 'zone'), { serial: number(data, 'serial'), signed: text(data, 'signed') });
        break;
      case 'intent.resolved':
        this.#resolved(entry);
        break;
      case 'gate.passed':
      case 'gate.refused':
        this.#gate(entry);
        break;
      case 'roll.started':
        this.#rolls.set(text(data, 'zone'), text(object(data, 'roll'), 'kind'));
        break;
      case 'roll.cancelled':
        if (this.#rolls.get(text(data, 'zone')) === 'insecure') this.#rolls.delete(text(data, 'zone'));
        break;
      case 'exception.opened':
        this.counts.exceptions++;
        this.#exceptions.add(`${text(data, 'zone')} ${number(data, 'serial')} ${text(data, 'rule')}`);
        break;
      case 'log.anomaly':
      case 'clock.jump':
        this.counts.anomalies++;
        break;
      case 'checkpoint.witnessed':
        this.#witnessed.push(entry);
        break;
    }
  }

  /** What can be said only when all is read. */
  end(keys: Keys, tree: Tree, cosigned: readonly (Cosignature & { readonly size: number })[]): void {
    if (this.#session !== undefined)
      this.#findings.note(
        'AUDIT-SESSION-OPEN',
        `session ${this.#session} was open when the export was made: an export is made inside of one`,
      );
    for (const { index, type } of this.#intents.values())
      this.#findings.note(
        'AUDIT-INTENT-OPEN',
        `entry ${index} (${type}) has neither result nor resolution: not finished when the log ends`,
      );
    for (const [key, index] of this.#overridden)
      if (!this.#exceptions.has(key))
        this.#findings.error('AUDIT-EXCEPTION', `entry ${index}: a verdict was overridden (${key}), and no exception says why`);
    for (const { note, where } of this.#notes) checkNote(note, where, keys, this.#findings);
    this.#ceremonies.end(tree, keys.origin);
    for (const entry of this.#witnessed) this.#cosignature(entry, keys, tree);
    for (const { key, size, time } of cosigned) this.#tellWitness(key, size, time);
  }

  #clock({ index, time, mono, boot, mode }: ReadEntry): void {
    const before = this.#last;
    if (before !== undefined && time < before.time)
      this.#findings.error('AUDIT-TIME', `entry ${index} is of ${time}, entry ${before.index} before it of ${before.time}`);
    const ran = this.#mono.get(boot);
    if (ran !== undefined && mono < ran)
      this.#findings.error(
        'AUDIT-MONO',
        `entry ${index} was written ${mono} ms after the boot, an entry before it ${ran} ms after the same boot`,
      );
    this.#mono.set(boot, mono);
    this.#mode ??= mode;
    if (mode !== this.#mode) this.#findings.error('AUDIT-MODE', `entry ${index} is of mode ${mode}, the log of ${this.#mode}`);
  }

  #sessionOf(entry: ReadEntry): void {
    const { index, session, type } = entry;
    this.#last = entry;
    const wrong = (what: string): void => this.#findings.error('AUDIT-SESSION', `entry ${index}: ${what}`);
    if (type === 'session.open') {
      if (this.#sessions.has(session)) wrong(`session ${session} is opened again`);
      if (this.#session !== undefined)
        this.#findings.note(
          'AUDIT-SESSION-UNCLOSED',
          `session ${this.#session} did not live to close; session ${session} took over at entry ${index}`,
        );
      this.#session = session;
      this.#sessions.add(session);
      this.counts.sessions++;
      return;
    }
    if (type === 'log.genesis') return;
    if (session !== this.#session) wrong(`it is of session ${session}, and open is ${this.#session ?? 'none'}`);
    else if (type === 'session.close') this.#session = undefined;
  }

  #refer({ index, type, data, references }: ReadEntry): void {
    const isRelease = type === 'release.intent';
    const release = isRelease ? object(data, 'release') : undefined;
    const inputs = new Set<Json>(
      type === 'input.accepted' ? (data['files'] as readonly Json[]) : ((release?.['input'] ?? []) as readonly Json[]),
    );
    for (const reference of references) this.#mention(index, reference.sha256, reference.size, inputs.has(reference as unknown as Json));
    if (release !== undefined) this.#mention(index, text(release, 'manifest'), undefined, false);
  }

  #mention(by: number, sha256: string, size: number | undefined, isInput: boolean): void {
    const known = this.references.get(sha256);
    const entry = known ?? { sizes: new Set<number>(), onlyInput: true, by };
    if (size !== undefined) entry.sizes.add(size);
    entry.onlyInput &&= isInput;
    if (known === undefined) this.references.set(sha256, entry);
  }

  #result({ index, type, session, data }: ReadEntry): void {
    const wrong = (what: string): void => this.#findings.error('AUDIT-INTENT', `entry ${index} (${type}): ${what}`);
    const of = number(data, 'intent');
    const intent = this.#intents.get(of);
    const wanted = type.replace('.result', '.intent');
    if (intent?.type !== wanted) {
      wrong(`entry ${of} is not an open ${wanted}`);
      return;
    }
    this.#intents.delete(of);
    if (intent.session !== session) wrong(`the intent is of session ${intent.session}, the result of ${session}`);
    const subject = subjectOf(type, data);
    const meant = subjectOf(type, intent.data);
    if (subject !== meant) wrong(`the intent was for ${meant}, the result is for ${subject}`);
    if (type === 'release.result') this.#finish(index, intent);
  }

  #resolved({ index, data }: ReadEntry): void {
    const of = number(data, 'intent');
    const intent = this.#intents.get(of);
    if (intent === undefined) {
      this.#findings.error('AUDIT-INTENT', `entry ${index} resolves entry ${of}, which is not an open intent`);
      return;
    }
    this.#intents.delete(of);
    if (data['outcome'] === 'completed' && intent.type === 'release.intent') this.#finish(index, intent);
  }

  /** A step of a rollover has happened when the release that carries it out stands. */
  #finish(by: number, { data }: ReadEntry): void {
    const release = object(data, 'release');
    this.counts.releases++;
    const zone = text(release, 'zone');
    if (Object.hasOwn(release, 'roll')) {
      const step = this.#intents.get(Number(release['roll']));
      if (step?.type !== 'roll.step.intent' || step.data['zone'] !== zone)
        this.#findings.error('AUDIT-INTENT', `entry ${by}: entry ${show(release['roll'])} is not an open roll.step.intent of ${zone}`);
      else this.#intents.delete(step.index);
    }
    const finished = { serial: number(release, 'serial'), manifest: text(release, 'manifest'), isUnsigned: release['kind'] === 'unsigned' };
    this.#releases.set(zone, [finished]);
  }

  #gate({ index, type, data }: ReadEntry): void {
    const zone = text(data, 'zone');
    const serial = number(data, 'serial');
    const passed = type === 'gate.passed';
    const overridden = (data['verdicts'] as readonly JsonObject[]).filter((v) => v['verdict'] === 'overridden').map((v) => text(v, 'rule'));
    this.#gates.set(zone, { passed, serial, overridden });
    if (passed) for (const rule of overridden) this.#overridden.set(`${zone} ${serial} ${rule}`, index);
  }

  #release({ index, mode, data }: ReadEntry): void {
    const release = object(data, 'release');
    const zone = text(release, 'zone');
    const serial = number(release, 'serial');
    const what = `entry ${index}: release ${serial} of ${zone}`;
    const before = this.#releases.get(zone)?.[0];
    const manifest = this.#manifestOf(text(release, 'manifest'), what);
    const gate = this.#gates.get(zone);
    if (before !== undefined && !isAhead(serial, before.serial))
      this.#findings.error('AUDIT-RELEASE-SERIAL', `${what} does not follow serial ${before.serial} (RFC 1982)`);
    if (manifest?.kind !== 'catalog') {
      this.#signing(what, zone, serial, text(release, 'signed'), manifest?.kind !== 'unsigned');
      if (manifest?.kind === 'unsigned' && before?.isUnsigned !== true) this.#unsigning(what, zone, release['roll']);
      if (gate?.passed !== true || gate.serial !== serial)
        this.#findings.error(
          'AUDIT-RELEASE-GATE',
          `${what}: the gate has not passed it; its last word on the zone is of serial ${gate?.serial}`,
        );
    }
    if (manifest === undefined) return;
    const previous = before === undefined ? 'none' : `${before.serial} ${before.manifest}`;
    if (manifest.previous !== previous)
      this.#findings.error('AUDIT-RELEASE-CHAIN', `${what} follows ${manifest.previous}, released before it was ${previous}`);
    for (const [name, found, wanted] of disagreements(manifest, { release, mode, index, gate }))
      this.#findings.error('AUDIT-RELEASE-MANIFEST', `${what}: its MANIFEST says ${name} ${found}, the log ${wanted}`);
  }

  /** What is released is what was signed last; what is released as unsigned is not. */
  #signing(what: string, zone: string, serial: number, released: string, isSigned: boolean): void {
    const signed = this.#signed.get(zone);
    if (isSigned ? signed?.serial === serial && signed.signed === released : signed?.signed !== released) return;
    const told = isSigned ? `has the zone ${released}` : `is said to be unsigned and has the zone ${released}`;
    this.#findings.error('AUDIT-RELEASE-SIGN', `${what} ${told}, signed last was ${signed?.serial} ${signed?.signed}`);
  }

  /** A signed zone loses its signatures by a step of a rollover: of one that takes it back to insecure, or of a first signing that turns back. */
  #unsigning(what: string, zone: string, roll: Json | undefined): void {
    const step = this.#intents.get(Number(roll));
    const kind = this.#rolls.get(zone);
    if (step?.type === 'roll.step.intent' && step.data['zone'] === zone && (kind === 'insecure' || kind === 'first-signing')) return;
    const carried = step === undefined ? 'no open step of a rollover' : `entry ${step.index} (${step.type})`;
    const told = `the first without signatures, carries out ${carried}; the last rollover of the zone is ${kind ?? 'none that would end so'}`;
    this.#findings.error('AUDIT-RELEASE-SIGN', `${what}, ${told}`);
  }

  /** Read only if it is the one that the log names. */
  #manifestOf(sha256: string, what: string): ReleaseManifest | undefined {
    const path = `artifacts/${sha256}`;
    const file = this.#files.get(path);
    if (file?.sha256 !== sha256) return undefined;
    const note = parseNote(readText(this.#files, path));
    const manifest = note && parseReleaseManifest(note.text);
    if (note === undefined || manifest === undefined) {
      this.#findings.error('AUDIT-RELEASE-FORM', `${what}: ${path} is not the MANIFEST of a release`);
      return undefined;
    }
    this.#notes.push({ note, where: path });
    return manifest;
  }

  #cosignature({ index, data }: ReadEntry, keys: Keys, tree: Tree): void {
    const size = number(data, 'size');
    const line = parseSignatureLine(text(data, 'line').replace(/\n$/, ''));
    const wrong = (what: string): void => this.#findings.error('AUDIT-COSIGNATURE', `entry ${index}: ${what}`);
    if (line === undefined || size > index) {
      wrong(line === undefined ? 'there is no signature line' : `it is said to be over ${size} entries, and ${index} were written then`);
      return;
    }
    const candidates = keys.witnesses.filter((key) => key.type === 4 && key.name === line.name && key.id === line.id);
    if (candidates.length === 0) return;
    const checkpoint = `${keys.origin}\n${size}\n${tree.root(size).toString('base64')}\n`;
    const key = candidates.find((candidate) => isSigned(candidate, checkpoint, line.signature));
    if (key === undefined) wrong(`the cosignature of ${line.name}+${line.id} is not over this log at ${size} entries`);
    else this.#tellWitness(key, size, cosignedAt(line.signature));
  }

  #tellWitness(key: Key, size: number, time: number): void {
    this.witnessedBy.push(`${key.name} saw the first ${size} entries, as they are here, at ${isoTime(time)}`);
  }
}

/** What an intent and its result are about. */
function subjectOf(type: string, data: JsonObject): string {
  const { release, key } = data as { release?: JsonObject; key?: JsonObject };
  const { zone, serial, role, id } = release ?? key ?? data;
  if (type === 'key.destroy.result') return `${zone} ${role} ${id}`;
  return `${zone} ${role ?? serial}`;
}

/** RFC 1982 3.2, 32 bits. */
function isAhead(serial: number, before: number): boolean {
  const distance = (serial - before) >>> 0;
  return distance > 0 && distance < 2 ** 31;
}

/** Reads every line; what is in order goes into the story. @returns what the first entry says the log is */
export function readEntries(lines: Lines, story: Story, findings: Findings): Genesis | undefined {
  let genesis: Genesis | undefined;
  if (lines.ends.length === 0) findings.error('AUDIT-GENESIS', 'the log has no entries');
  for (let index = 0; index < lines.ends.length; index++) {
    const entry = readEntry(lineAt(lines, index), index, findings);
    if (entry === undefined) continue;
    if ((entry.type === 'log.genesis') !== (index === 0))
      findings.error('AUDIT-GENESIS', `entry ${index} is of type ${entry.type}; the first entry, and no other, is log.genesis`);
    if (index === 0 && entry.type === 'log.genesis') genesis = { origin: text(entry.data, 'origin'), vkey: text(entry.data, 'vkey') };
    story.take(entry);
  }
  return genesis;
}
