import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.ts';
import { memoryNoteSigner } from '../support/memory-note-signer.ts';
import { judgeCases } from './support/cases.ts';
import { type Forged, linesOf, sha256, withEntries, withEntry, withFile, withReleaseManifest } from './support/forge.ts';
import { ZONE } from './support/sample-log.ts';
import { AT, EARLY, sharedSealedLog } from './support/sealed-log.ts';
import { textOf } from './support/second-verifier.ts';

/* Logs that carry the right signatures and say what cannot have happened: by a program that errs, or by somebody who has the key. */

const log = sharedSealedLog();

describe('an intent has one result, in its session, about the same thing', () => {
  const data = (name: string, index: number, change: (data: Forged) => void, ...errors: string[]) =>
    log.sealed(
      name,
      withEntry(log.files, index, (entry) => change(entry.data)),
      ...errors,
    );

  test('results', async () => {
    const repeated = withEntries(log.files, (entries) => entries.toSpliced(AT.signed + 1, 0, { ...entries[AT.signed], seq: 'again' }));
    const before = withEntries(log.files, (entries) => entries.toSpliced(5, 2, entries[6], entries[5]));
    await log.expectAll([
      log.sealed('twice', repeated, 'AUDIT-INTENT'),
      log.sealed('before its intent', before, 'AUDIT-INTENT', 'AUDIT-TIME', 'AUDIT-MONO'),
      data('of an entry that is no intent', AT.generated, (d) => Object.assign(d, { intent: 4 }), 'AUDIT-INTENT'),
      data('of an entry to come', AT.generated, (d) => Object.assign(d, { intent: 99 }), 'AUDIT-INTENT'),
      data('of another kind', AT.released, (d) => Object.assign(d, { intent: 10 }), 'AUDIT-INTENT', 'AUDIT-RELEASE-CHAIN'),
      data('of another zone', AT.generated, ({ key }) => Object.assign(key, { zone: 'b.example.' }), 'AUDIT-INTENT'),
      data('of another role', AT.generated, ({ key }) => Object.assign(key, { role: 'ksk' }), 'AUDIT-INTENT'),
      data('of another serial', AT.released, (d) => Object.assign(d, { serial: 9 }), 'AUDIT-INTENT'),
    ]);
  });

  test('a resolution is of an intent that is open; one that is left open is a note', async () => {
    const unresolved = withEntries(log.files, (entries) => entries.toSpliced(AT.resolved, 1));
    await log.expectAll([
      data('of nothing', AT.resolved, (d) => Object.assign(d, { intent: 3 }), 'AUDIT-INTENT'),
      data('of one that has its result', AT.resolved, (d) => Object.assign(d, { intent: 10 }), 'AUDIT-INTENT'),
      log.sealed('none', unresolved, EARLY),
    ]);
    const [judged] = await judgeCases(log.log, [await log.sealed('none', unresolved, EARLY)]);
    expect(judged?.first[1]).toContain('AUDIT-INTENT-OPEN');
  });

  test('a release that was resolved as completed stands; an abandoned one does not', async () => {
    const resolve = (outcome: string) =>
      withEntry(log.files, AT.released, (entry) =>
        Object.assign(entry, { type: 'intent.resolved', cat: 'incident', data: { intent: AT.release, outcome, found: 'x' } }),
      );
    await log.expectAll([
      log.sealed('completed', resolve('completed')),
      log.sealed('abandoned', resolve('abandoned'), 'AUDIT-RELEASE-CHAIN'),
    ]);
  });
});

describe('releases', () => {
  test('each was signed and passed the gate', async () => {
    const other = sha256('another zone');
    const set = (name: string, index: number, change: (data: Forged) => void, ...errors: string[]) =>
      log.sealed(
        name,
        withEntry(log.files, index, (entry) => change(entry.data)),
        ...errors,
      );
    const refused = withEntry(log.files, AT.gate, (entry) => Object.assign(entry, { type: 'gate.refused' }));
    await log.expectAll([
      set('another zone was signed', AT.signed, (d) => Object.assign(d, { signed: other }), 'AUDIT-RELEASE-SIGN'),
      set(
        'another zone is released',
        AT.release,
        ({ release }) => Object.assign(release, { signed: other }),
        'AUDIT-RELEASE-MANIFEST',
        'AUDIT-RELEASE-SIGN',
      ),
      set('another serial passed', AT.gate, (d) => Object.assign(d, { serial: 9 }), 'AUDIT-EXCEPTION', 'AUDIT-RELEASE-GATE'),
      log.sealed('the gate refused', refused, 'AUDIT-RELEASE-GATE'),
      log.sealed(
        'the gate was left out: its last word is of the release before, with an override',
        withEntries(log.files, (entries) => entries.toSpliced(27, 1)),
        'AUDIT-RELEASE-GATE',
        EARLY,
      ),
      log.sealed(
        'overridden without exception',
        withEntries(log.files, (entries) => entries.toSpliced(AT.exception, 1)),
        'AUDIT-EXCEPTION',
        EARLY,
      ),
      set('exception for another rule', AT.exception, (d) => Object.assign(d, { rule: 'margin' }), 'AUDIT-EXCEPTION'),
    ]);
  });

  test('RFC 1982: the serial is ahead of the one before', async () => {
    const back = async (serial: number) =>
      withReleaseManifest(
        withEntry(
          withEntry(
            withEntry(withEntry(withEntry(log.files, 25, change(serial)), 26, change(serial)), 27, change(serial)),
            AT.second,
            ({ data }) => Object.assign(data.release, { serial }),
          ),
          29,
          change(serial),
        ),
        AT.second,
        log.log.signers,
        (text) => text.replace('serial 2', `serial ${serial}`),
      );
    const change =
      (serial: number) =>
      ({ data }: Forged) =>
        Object.assign(data, { serial });
    await log.expectAll([
      back(1).then((f) => log.sealed('the same', f, 'AUDIT-RELEASE-SERIAL')),
      back(0).then((f) => log.sealed('behind', f, 'AUDIT-RELEASE-SERIAL')),
      back(2 ** 31).then((f) => log.sealed('2^31 - 1 ahead', f)),
      back(2 ** 31 + 1).then((f) => log.sealed('2^31 ahead: undefined, and no successor', f, 'AUDIT-RELEASE-SERIAL')),
    ]);
  });

  test('MANIFEST says what the log says, is signed by its key, and names the release before', async () => {
    const manifest = (name: string, index: number, from: string | RegExp, to: string, ...errors: string[]) =>
      withReleaseManifest(log.files, index, log.log.signers, (text) => {
        expect(text, name).toMatch(from);
        return text.replace(from, to);
      }).then((f) => log.sealed(name, f, ...errors));
    // The second release names the first by the sha256 of its MANIFEST: a first one that is another breaks the chain as well.
    const first = (name: string, from: string | RegExp, to: string, ...errors: string[]) =>
      manifest(name, AT.release, from, to, 'AUDIT-RELEASE-CHAIN', ...errors);
    const second = (name: string, from: string | RegExp, to: string, ...errors: string[]) => manifest(name, AT.second, from, to, ...errors);
    const foreign = memoryNoteSigner('log.example');
    await log.expectAll([
      second('another zone', 'zone a.example.', 'zone b.example.', 'AUDIT-RELEASE-MANIFEST'),
      second('another serial', 'serial 2', 'serial 3', 'AUDIT-RELEASE-MANIFEST'),
      second('practice', 'mode production', 'mode practice', 'AUDIT-RELEASE-MANIFEST'),
      second('another time', 'valid-until 2026-12-06', 'valid-until 2027-12-06', 'AUDIT-RELEASE-MANIFEST'),
      second('no time', /valid-from .*/, 'valid-from none', 'AUDIT-RELEASE-MANIFEST'),
      second('another file', /file [0-9a-f]{64}/, `file ${'0'.repeat(64)}`, 'AUDIT-RELEASE-MANIFEST'),
      second('no zone in it', 'zone.signed', 'zone.other', 'AUDIT-RELEASE-MANIFEST'),
      second('made later than the log says', /log \d+/, 'log 4000', 'AUDIT-RELEASE-MANIFEST'),
      second('an override that was none', 'file ', 'override margin\nfile ', 'AUDIT-RELEASE-MANIFEST'),
      first('an override not told', 'override limit-removed\n', '', 'AUDIT-RELEASE-MANIFEST'),
      second('no release before', /previous .*/, 'previous none', 'AUDIT-RELEASE-CHAIN'),
      second('another release before', /previous 1 ./, 'previous 1 x', 'AUDIT-RELEASE-FORM'),
      second('the serial of another before', /previous 1/, 'previous 0', 'AUDIT-RELEASE-CHAIN'),
      second('lines exchanged', /(mode .*\n)(log .*\n)/, '$2$1', 'AUDIT-RELEASE-FORM'),
      second('a line more', /$/, 'more\n', 'AUDIT-RELEASE-FORM'),
      second('a file twice', /(file .*\n)/, '$1$1', 'AUDIT-RELEASE-FORM'),
      second('a catalog, and the log knows a signed zone', 'kind zone', 'kind catalog', 'AUDIT-RELEASE-MANIFEST'),
      withReleaseManifest(log.files, AT.second, log.log.signers, (text) => text.replace('kind zone', 'kind catalog')).then((files) =>
        log.sealed('a catalog: neither signed nor gated, but in the chain', withEntry(files, AT.second, asKind('catalog'))),
      ),
      withReleaseManifest(log.files, AT.second, [foreign], (text) => text).then((f) => log.sealed('by another key', f, 'AUDIT-NOT-SIGNED')),
    ]);
  });

  test('a MANIFEST whose signature is of another text', async () => {
    const { manifest } = JSON.parse(linesOf(log.files)[AT.second]!).data.release;
    const note = textOf(log.files, `artifacts/${manifest}`).replace('created 2026', 'created 2025');
    const moved = withFile(log.files, `artifacts/${sha256(note)}`, note);
    const left = new Map([...moved].filter(([path]) => path !== `artifacts/${manifest}`));
    const changed = withEntry(left, AT.second, ({ data }) => Object.assign(data.release, { manifest: sha256(note) }));
    await log.expectAll([log.sealed('created', changed, 'AUDIT-BAD-SIGNATURE')]);
  });
});

const asKind =
  (kind: unknown) =>
  ({ data }: Forged): void =>
    Object.assign(data.release, { kind });

describe('a release without signatures', () => {
  /** Where the second release has intent and result of its signatures, and an unsigned one the rollover that takes them away. */
  const STARTED = AT.second - 3;
  const STEP = AT.second - 2;
  const asUnsigned = (text: string): string =>
    text
      .replace('kind zone', 'kind unsigned')
      .replace(/valid-from .*/, 'valid-from none')
      .replace(/valid-until .*/, 'valid-until none')
      .replace(/log \d+/, 'log 20')
      .replace(/key .*\n/, '')
      .replace('zone.signed', 'zone.unsigned');

  /** The second release, as it is when the zone has gone insecure: neither intent to sign nor result. */
  const unsigned = async ({ manifest = (text) => text, arrange = (entries) => entries, entry = () => {} }: Change = {}) => {
    const of = (one: Forged, type: string, data: Forged): Forged => ({
      ...one,
      seq: type,
      cat: 'key',
      type,
      data: { zone: ZONE, ...data },
    });
    const move = { kind: 'record', key: 'k', record: 'zrrsig', to: 'unretentive' };
    const entries = withEntries(log.files, (all) =>
      arrange(
        all.toSpliced(
          STARTED,
          2,
          of(all[STARTED], 'roll.started', { roll: { id: 2, kind: 'insecure', reason: 'x' } }),
          of(all[STEP], 'roll.step.intent', { plan: '0'.repeat(64), moves: [move], change: {} }),
        ),
      ),
    );
    const at = AT.second + linesOf(entries).length - linesOf(log.files).length;
    const logged = withEntry(entries, at, (one) => {
      Object.assign(one.data.release, { kind: 'unsigned', validUntil: 'unsigned', refreshAt: 'unsigned', keyTags: [], roll: STEP });
      entry(one.data.release);
    });
    return withReleaseManifest(logged, at, log.log.signers, (text) => manifest(asUnsigned(text)));
  };

  interface Change {
    readonly manifest?: (text: string) => string;
    readonly arrange?: (entries: Forged[]) => Forged[];
    readonly entry?: (release: Forged) => void;
  }

  test('it passed the gate, its file is what the log says, and it has no time', async () => {
    const other = '0'.repeat(64);
    const wrong = (name: string, change: Change, ...errors: string[]) =>
      unsigned(change).then((files) => log.sealed(name, files, ...errors));
    const said = (name: string, from: string | RegExp, to: string) =>
      wrong(name, { manifest: (text) => text.replace(from, to) }, 'AUDIT-RELEASE-MANIFEST');
    await log.expectAll([
      wrong('as it is made', {}),
      wrong('not gated', { arrange: (all) => all.toSpliced(AT.second - 1, 1) }, 'AUDIT-RELEASE-GATE', 'AUDIT-RELEASE-MANIFEST'),
      wrong('another zone', { entry: (release) => Object.assign(release, { signed: other }) }, 'AUDIT-RELEASE-MANIFEST'),
      wrong(
        'a time in the log',
        { entry: (release) => Object.assign(release, { validUntil: '2026-12-06T01:02:03Z' }) },
        'AUDIT-RELEASE-MANIFEST',
      ),
      said('a time in MANIFEST', 'valid-from none', 'valid-from 2026-11-24T08:00:00Z'),
      said('an end in MANIFEST', 'valid-until none', 'valid-until 2026-12-06T01:02:03Z'),
      said('the file of a signed zone', 'zone.unsigned', 'zone.signed'),
      said('an override that was none', 'file ', 'override limit-removed\nfile '),
      said('a catalog', 'kind unsigned', 'kind catalog'),
    ]);
  });

  // RFC 7583 has no way from signed to unsigned but that by an insecure delegation: what goes unsigned without it is a zone that somebody stripped.
  test('the signatures go by a step of a rollover that ends without them', async () => {
    const stripped = (name: string, change: Change, ...errors: string[]) =>
      unsigned(change).then((files) => log.sealed(name, files, ...(errors.length === 0 ? ['AUDIT-RELEASE-SIGN'] : errors)));
    const told = (at: number, change: (data: Forged) => void): Change => ({
      arrange: (all) => {
        change(all[at].data);
        return all;
      },
    });
    const started = (kind: string): Change => told(STARTED, ({ roll }) => Object.assign(roll, { kind }));
    const cancelled = { type: 'roll.cancelled', data: { zone: ZONE, roll: 2, how: 'x' } };
    await log.expectAll([
      stripped('by no step', { entry: (release) => delete release.roll }, 'AUDIT-RELEASE-SIGN'),
      stripped(
        'by an entry that is none',
        { entry: (release) => Object.assign(release, { roll: 3 }) },
        'AUDIT-RELEASE-SIGN',
        'AUDIT-INTENT',
      ),
      stripped('of a rollover of keys', started('zsk')),
      stripped(
        'of another zone',
        told(STARTED, (data) => Object.assign(data, { zone: 'b.example.' })),
      ),
      stripped(
        'by a step of another zone',
        told(STEP, (data) => Object.assign(data, { zone: 'b.example.' })),
        'AUDIT-RELEASE-SIGN',
        'AUDIT-INTENT',
      ),
      stripped('of one that turned back', {
        arrange: (all) => all.with(STEP - 2, { ...all[STARTED] }).with(STARTED, { ...all[STARTED], ...cancelled }),
      }),
      unsigned(started('first-signing')).then((files) => log.sealed('of a first signing that turns back', files)),
    ]);
  });

  test('a signed release under the name of an unsigned one, and the other way round', async () => {
    const renamed = (change: (text: string) => string) => withReleaseManifest(log.files, AT.second, log.log.signers, change);
    const logged = (files: Map<string, Uint8Array>) =>
      withEntry(files, AT.second, ({ data }) =>
        Object.assign(data.release, { kind: 'unsigned', validUntil: 'unsigned', refreshAt: 'unsigned' }),
      );
    const kind = (text: string): string => text.replace('kind zone', 'kind unsigned');
    await log.expectAll([
      renamed(kind).then((files) => log.sealed('in MANIFEST', files, 'AUDIT-RELEASE-MANIFEST', 'AUDIT-RELEASE-SIGN')),
      log.sealed('in the log', withEntry(log.files, AT.second, asKind('unsigned')), 'AUDIT-RELEASE-MANIFEST'),
      log.sealed('in the log, as nothing that there is', withEntry(log.files, AT.second, asKind(7)), 'AUDIT-RELEASE-MANIFEST'),
      renamed(kind).then((files) => log.sealed('in both', logged(files), 'AUDIT-RELEASE-MANIFEST', 'AUDIT-RELEASE-SIGN')),
      renamed(asUnsigned).then((files) => log.sealed('in both, with file and times', logged(files), 'AUDIT-RELEASE-SIGN')),
      unsigned({ manifest: (text) => text.replace('kind unsigned', 'kind zone') }).then((files) =>
        log.sealed('signed by MANIFEST', files, 'AUDIT-RELEASE-MANIFEST', 'AUDIT-RELEASE-SIGN'),
      ),
      unsigned({ entry: (release) => delete release.kind }).then((files) =>
        log.sealed('signed by the log', files, 'AUDIT-RELEASE-MANIFEST'),
      ),
    ]);
  });
});

test('entries of the sample are what the program writes', () => {
  for (const line of linesOf(log.files)) expect(canonicalJson(JSON.parse(line))).toBe(line);
});
