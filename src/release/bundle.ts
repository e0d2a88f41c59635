import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes, fromBase64, toHex } from '../../signer/dns/bytes.ts';
import { printName, type WireName } from '../../signer/dns/name.ts';
import { dsRdata, FLAG } from '../../signer/dnssec/dnskey.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import { parseNote, type SignedNote, signNote, verifyNote } from '../audit/note.ts';
import type { NoteSigner } from '../audit/note-key.ts';
import { lowestS } from '../audit/p256-signature.ts';
import type { VerifierKey } from '../audit/vkey.ts';
import { isoText } from '../config/time-text.ts';
import { VERSION } from '../version.ts';
import { syncFolder } from '../workspace/atomic-file.ts';
import { attemptWrite } from '../workspace/not-writable.ts';
import { listBundle, readBundleFile, type ZoneSink } from './bundle-files.ts';
import { type ExpectedForms, printedForms } from './expected-forms.ts';
import { sha256OfFile } from './file-hash.ts';
import type { GateOutcome, GateResult, PublishedKey } from './gate-types.ts';
import { type Manifest, type ManifestFile, parseManifest, printManifest, RELEASE_FILES } from './manifest.ts';

/** What every release has. */
export interface ReleaseHead {
  readonly apex: WireName;
  /** Absolute name, lower case. */
  readonly zone: string;
  readonly serial: number;
  /** `2026-11-24T09:00:00Z` */
  readonly created: string;
  readonly mode: Manifest['mode'];
  /** Entries in the log. */
  readonly log: number;
  readonly previous: Manifest['previous'];
}

export interface BundleParts extends ReleaseHead {
  /** What the gate says of `zone.signed`, which is in the staging folder, synced. It has passed. */
  readonly gate: GateResult;
  readonly signReport: object;
  /** What the verifier was told to take as it is. */
  readonly expected: ExpectedForms;
  /** DNSKEY RDATA in base64 of the keys whose DS the parent has or is asked for; absent: of all secure entry points. */
  readonly dsKeys?: readonly string[];
  /** DS records are made with these digests. */
  readonly dsDigestTypes: readonly number[];
}

export interface WrittenBundle {
  /** MANIFEST with its signature lines. */
  readonly manifest: string;
  /** Of that file, hexadecimal. */
  readonly sha256: string;
}

/**
 * Writes everything that belongs to a release beside the zone, MANIFEST last; all of it is on the disk when this returns.
 * @throws Fault release/not-what-was-judged, file/not-writable; what the signer throws
 */
export async function writeBundle(staging: string, parts: BundleParts, signer: NoteSigner): Promise<WrittenBundle> {
  const { gate } = parts;
  const zone = judgedZone(staging, RELEASE_FILES.zone, gate);
  const files = Object.entries(zoneContents(parts)).map(([path, text]) => writeSynced(staging, path, text));
  return await seal(staging, signer, {
    ...headOf(parts, 'zone', [zone, ...files]),
    validFrom: timeText(gate.signed.validFrom),
    validUntil: timeText(gate.signed.validUntil),
    preservation: gate.preservation,
    keys: gate.signed.keys.map(({ tag, algorithm, flags }) => ({ tag, algorithm, flags })),
    expected: printedForms(parts.expected),
    judges: [{ name: 'coldsign-verifier', version: VERSION, verdict: 'accept' }, ...judgesOf(gate)],
    overrides: overridesOf(gate),
  });
}

export interface UnsignedParts extends ReleaseHead {
  /** What the gate says of `zone.unsigned`, which is in the staging folder, synced. It has passed. */
  readonly gate: GateOutcome;
}

/**
 * The same for a zone that is unsigned: what the gate said is all there is to tell of it.
 * @throws Fault release/not-what-was-judged, file/not-writable; what the signer throws
 */
export async function writeUnsignedBundle(staging: string, parts: UnsignedParts, signer: NoteSigner): Promise<WrittenBundle> {
  const { gate } = parts;
  const zone = judgedZone(staging, RELEASE_FILES.unsigned, gate);
  const report = writeSynced(staging, RELEASE_FILES.gateReport, json(gateReport(parts)));
  return await seal(staging, signer, {
    ...headOf(parts, 'unsigned', [zone, report]),
    ...WITHOUT_SIGNATURES,
    preservation: gate.preservation,
    judges: judgesOf(gate),
    overrides: overridesOf(gate),
  });
}

const WITHOUT_SIGNATURES = { validFrom: undefined, validUntil: undefined, keys: [], expected: [] };

/**
 * The same for a catalog zone (RFC 9432), which has neither keys nor signatures.
 * @param text the zone file
 * @throws Fault file/not-writable; what the signer throws
 */
export async function writeCatalogBundle(staging: string, head: ReleaseHead, text: string, signer: NoteSigner): Promise<WrittenBundle> {
  const file = writeSynced(staging, RELEASE_FILES.catalog, text);
  const nothing = { preservation: undefined, judges: [], overrides: [] };
  return await seal(staging, signer, { ...headOf(head, 'catalog', [file]), ...WITHOUT_SIGNATURES, ...nothing });
}

async function seal(staging: string, signer: NoteSigner, manifest: Manifest): Promise<WrittenBundle> {
  const text = await signNote(printManifest(manifest), [signer]);
  const { sha256 } = writeSynced(staging, RELEASE_FILES.manifest, text);
  syncFolder(staging);
  return { manifest: text, sha256 };
}

function headOf({ zone, serial, created, mode, log, previous }: ReleaseHead, kind: Manifest['kind'], files: readonly ManifestFile[]) {
  return { kind, zone, serial, created, mode, log, previous, files };
}

const timeText = (time: number | undefined): string | undefined => (time === undefined ? undefined : isoText(time));

/** Between the gate and here nobody has changed the zone. */
function judgedZone(staging: string, name: string, { passed, signed }: GateOutcome): ManifestFile {
  if (!passed) throw new RangeError('what the gate refuses does not become a release');
  const path = join(staging, name);
  const found = sha256OfFile(path);
  if (found === signed.sha256) return { path: name, sha256: signed.sha256, size: signed.size };
  throw new Fault(
    'release/not-what-was-judged',
    `${path} has the sha256 ${found ?? 'of a file that is not there'}, the gate has judged ${signed.sha256}`,
    'check the disk, and who else writes there; then sign again',
  );
}

function judgesOf({ verdicts }: GateOutcome): Manifest['judges'] {
  const said = verdicts.flatMap(({ judges = [] }) => judges);
  return said.map(({ judge: name, version, verdict }) => ({ name, version, verdict }));
}

const overridesOf = ({ verdicts }: GateOutcome): readonly string[] =>
  verdicts.filter(({ verdict }) => verdict === 'overridden').map(({ rule }) => rule);

function gateReport({ zone, serial, created, gate }: UnsignedParts): object {
  const { verdicts, preservation, changes, passed, seconds } = gate;
  // What the verifier found has its own file.
  const rules = verdicts.map(({ findings, ...verdict }) => (verdict.rule === 'verifier' || !findings ? verdict : { ...verdict, findings }));
  return { format: 1, zone, serial, created, passed, preservation, changes, verdicts: rules, seconds };
}

function zoneContents(parts: BundleParts): Record<string, string> {
  const { apex, gate, signReport, dsKeys, dsDigestTypes } = parts;
  const { verification, signed } = gate;
  return {
    [RELEASE_FILES.dsset]: dsSet(apex, askedFor(signed.keys, dsKeys), dsDigestTypes),
    ...(signed.cds === '' ? {} : { [RELEASE_FILES.cds]: signed.cds }),
    ...(signed.zonemd === '' ? {} : { [RELEASE_FILES.zonemd]: signed.zonemd }),
    [RELEASE_FILES.signReport]: json(signReport),
    [RELEASE_FILES.verifyReport]: json(verification),
    [RELEASE_FILES.gateReport]: json(gateReport(parts)),
  };
}

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** A DS that is handed in before caches have its key makes the zone bogus. */
const askedFor = (keys: readonly PublishedKey[], dsKeys: readonly string[] | undefined): readonly PublishedKey[] =>
  dsKeys === undefined ? keys : keys.filter(({ dnskey }) => dsKeys.includes(dnskey));

/** DS records of all keys that the parent may point to: secure entry points that are not revoked (RFC 4034 5.1.4, RFC 5011 2.1). One a line. */
export function dsSet(apex: WireName, keys: readonly PublishedKey[], digestTypes: readonly number[]): string {
  const entryPoints = keys.filter(({ flags }) => (flags & FLAG.sep) !== 0 && (flags & FLAG.revoke) === 0);
  return entryPoints
    .flatMap(({ dnskey }) => digestTypes.map((type) => dsRdata(apex, fromBase64(dnskey)!, type)))
    .map((ds) => `${printName(apex)} IN DS ${(ds[0]! << 8) | ds[1]!} ${ds[2]} ${ds[3]} ${toHex(ds.subarray(4)).toUpperCase()}\n`)
    .join('');
}

/** The folder is new and nobody's but ours: no temporary names. */
function writeSynced(folder: string, path: string, text: string): ManifestFile {
  const octets = Buffer.from(text);
  attemptWrite(join(folder, path), () => {
    const descriptor = openSync(join(folder, path), 'wx', 0o644);
    try {
      for (let at = 0; at < octets.length; ) at += writeSync(descriptor, octets, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
  return { path, sha256: createHash('sha256').update(octets).digest('hex'), size: octets.length };
}

/** A release that was read from its folder: signed by a pinned key, complete, octet for octet what its manifest says. */
export interface Bundle {
  readonly folder: string;
  readonly manifest: Manifest;
  /** MANIFEST as it was read, and the sha256 of the file, hexadecimal. */
  readonly note: SignedNote;
  readonly sha256: string;
  /** The pinned keys that have signed. */
  readonly signers: readonly VerifierKey[];
  /** Content by name, without MANIFEST and zone. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Path of the zone file: `zone.signed`, `zone.unsigned` or `catalog.zone`. */
  readonly zoneFile: string;
}

/** What a release of a kind has to hold, and what it may. The zone file first. */
const CONTENT: Readonly<Record<Manifest['kind'], { readonly needed: readonly string[]; readonly allowed: readonly string[] }>> = {
  zone: {
    needed: [RELEASE_FILES.zone, RELEASE_FILES.dsset, RELEASE_FILES.signReport, RELEASE_FILES.verifyReport, RELEASE_FILES.gateReport],
    allowed: [RELEASE_FILES.cds, RELEASE_FILES.zonemd],
  },
  unsigned: { needed: [RELEASE_FILES.unsigned, RELEASE_FILES.gateReport], allowed: [] },
  catalog: { needed: [RELEASE_FILES.catalog], allowed: [] },
};

/**
 * Reads a release folder, on either side. Nothing of it is believed before the signature of MANIFEST is; each file is read once.
 * @param keys pinned verifier keys
 * @param sink gets the zone file piece by piece, as it is hashed; what it got is the zone of the release only if this returns
 * @throws Refusal release/missing-file, release/unknown-file, release/bad-file, release/bad-manifest, release/bad-signature, release/foreign
 */
export function readBundle(folder: string, keys: readonly VerifierKey[], sink?: ZoneSink): Bundle {
  const names = listBundle(folder);
  if (!names.includes(RELEASE_FILES.manifest)) throw missing(folder, RELEASE_FILES.manifest);
  const { octets, sha256 } = readBundleFile(folder, { path: RELEASE_FILES.manifest });
  const note = manifestNote(octets);
  const signers = signersOf(note, keys);
  refuseSecondForm(note, signers);
  const manifest = parseManifest(note.text);
  compareNames(folder, manifest, names);
  const zone = CONTENT[manifest.kind].needed[0]!;
  const files = new Map<string, Uint8Array>();
  for (const file of manifest.files) {
    if (file.path === zone) readBundleFile(folder, file, sink ?? (() => {}));
    else files.set(file.path, readBundleFile(folder, file).octets);
  }
  return { folder, manifest, note, sha256, signers, files, zoneFile: join(folder, zone) };
}

function manifestNote(octets: Uint8Array): SignedNote {
  try {
    return parseNote(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets));
  } catch (cause) {
    const why = cause instanceof Refusal ? cause.message : 'it is not UTF-8';
    throw new Refusal('release/bad-manifest', `MANIFEST is no signed note: ${why}`, 'take the release from its source again', { cause });
  }
}

function signersOf(note: SignedNote, keys: readonly VerifierKey[]): readonly VerifierKey[] {
  try {
    // Witnesses are on the net, and cosign what they are sent: their keys stand for no release.
    const { verified } = verifyNote(
      note,
      keys.filter(({ kind }) => kind !== 'cosignature'),
    );
    return verified;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    if (cause.code === 'audit/not-signed') {
      throw new Refusal(
        'release/foreign',
        `MANIFEST is ${cause.message}`,
        'take the release of your own signing side; if its audit key was replaced, pin the new one after comparing it on paper',
        { cause },
      );
    }
    throw new Refusal('release/bad-signature', `MANIFEST was changed: ${cause.message}`, 'take the release from its source again', {
      cause,
    });
  }
}

/**
 * The next release names this one by the sha256 of MANIFEST, signature included: of one release there must be one MANIFEST. Otherwise whoever
 * carries it could add a line of an unknown key, or turn the signature into its other form, and every release after would have a foreign history.
 */
function refuseSecondForm({ signatures }: SignedNote, [signer]: readonly VerifierKey[]): void {
  const { signature } = signatures[0]!;
  const lowest = signer?.kind === 'p256' ? lowestS(signature) : signature;
  if (signatures.length === 1 && lowest !== undefined && equalBytes(lowest, signature)) return;
  const what =
    signatures.length === 1 ? 'its signature is not in the form that is made' : `it has ${signatures.length} signature lines, not one`;
  throw new Refusal('release/bad-signature', `MANIFEST was changed: ${what}`, 'take the release from its source again');
}

/** Manifest and folder name the same files, and they are those of a release of this kind. */
function compareNames(folder: string, { kind, files }: Manifest, names: readonly string[]): void {
  const { needed, allowed } = CONTENT[kind];
  const listed = files.map(({ path }) => path);
  const unknown =
    names.find((name) => name !== RELEASE_FILES.manifest && !listed.includes(name)) ??
    listed.find((path) => !needed.includes(path) && !allowed.includes(path));
  if (unknown !== undefined) {
    throw new Refusal(
      'release/unknown-file',
      `${join(folder, unknown)} is not one of the files of this release: ${listed.join(', ')}`,
      'take the release from its source again; nothing may be put into its folder',
    );
  }
  const absent = listed.find((path) => !names.includes(path)) ?? needed.find((path) => !listed.includes(path));
  if (absent !== undefined) throw missing(folder, absent);
}

function missing(folder: string, path: string): Refusal {
  return new Refusal(
    'release/missing-file',
    `${folder} has no ${path}; the release is not complete`,
    'take the release from its source again',
  );
}
