import { basename, join } from 'node:path';
import { parseName, type WireName } from '../../signer/dns/name.ts';
import { serialFollows } from '../../signer/dns/serial.ts';
import { Refusal } from '../../signer/errors.ts';
import { isoText } from '../config/time-text.ts';
import { type Io, note } from '../io.ts';
import { printFindings } from '../print/findings.ts';
import { type Bundle, readBundle } from '../release/bundle.ts';
import type { Manifest, ManifestFile } from '../release/manifest.ts';
import { WorkspaceLock } from '../workspace/lock.ts';
import { zoneFolder } from '../workspace/paths.ts';
import { admit } from './admit.ts';
import type { ApplyConfig, ServerConfig } from './apply-config.ts';
import { judgeSuccession, makeStateFolder, readState, recordApplied, type Succession, serialBackwards, statePath } from './apply-state.ts';
import { checkCopies, commandName, deploy, type Target } from './deploy.ts';
import { type Examination, examine } from './examine.ts';
import { Incoming } from './incoming.ts';
import { type PlacedZone, readPlaced } from './placed-zone.ts';
import { isUnsettled, Placement } from './placement.ts';
import { endsSignatures, refuseUnsigned, unsignedCheck, unsignedWords } from './unsigned-release.ts';

export interface ApplyRequest {
  readonly folder: string;
  readonly config: ApplyConfig;
  /** Unix seconds. */
  readonly now: number;
  readonly nowGiven: boolean;
  /** A zone that is served signed may become unsigned. */
  readonly acceptUnsigned?: boolean;
  readonly threads?: number;
}

export interface Applied {
  readonly outcome: 'applied' | 'already-applied' | 'would-apply';
  readonly manifest: Manifest;
  /** Of MANIFEST, hexadecimal. */
  readonly sha256: string;
  /** Undefined where the release was applied already. */
  readonly examination: Examination | undefined;
  readonly servers: readonly AppliedServer[];
}

export interface AppliedServer {
  readonly kind: ServerConfig['kind'];
  readonly file: string;
  /** Serial that the file had before. */
  readonly before: number | undefined;
  /** What the reload said. */
  readonly said: string | undefined;
}

/**
 * Carried-in release → complete check → serial and history → copies beside the files of all servers → the servers' own checks → place and reload →
 * record. Nothing at the servers is touched before everything has passed.
 * @throws Refusal release/…; Fault file/…
 */
export async function applyRelease(request: ApplyRequest, io: Io): Promise<Applied> {
  const { folder, config, now } = request;
  makeStateFolder(config.state);
  using incoming = new Incoming(folder, config.keys, config.state);
  const { bundle } = incoming;
  refuseGivenTime(request, bundle.manifest);
  admit(bundle.manifest, { now, practice: config.practice });
  using _lock = lockZone(config.state, bundle.manifest);
  const place = placeOf(bundle, config);
  if (place.isServed) return alreadyApplied(bundle, place.sites);
  if (endsSignatures(bundle.manifest, place.state) && request.acceptUnsigned !== true) refuseUnsigned(bundle.manifest);
  const examination = await examine(bundle, incoming.zoneFile, { ...request, judges: config.judges, ...marginOf(config) }, io);
  printFindings(examination.findings, io.err);
  tellSuccession(place.succession, bundle.manifest, io);
  using copies = new DisposableStack();
  const targets = place.sites.map((site): Target => {
    const placement = site.isNew ? new Placement(site.file, incoming.zoneFile, zoneLine(bundle)) : undefined;
    if (placement !== undefined) copies.use(placement);
    return { server: site.server, file: site.file, placement };
  });
  await checkCopies(targets, bundle.manifest);
  const said = await deploy(targets, bundle.manifest);
  if (place.succession.kind !== 'same') recordApplied(place.record, bundle.manifest.zone, place.state, recordOf(bundle, now));
  return { outcome: 'applied', manifest: bundle.manifest, sha256: bundle.sha256, examination, servers: serversOf(place.sites, said) };
}

/** Everything that can be said without writing anything. */
export async function tryRelease(request: ApplyRequest, io: Io): Promise<Applied> {
  const { folder, config, now } = request;
  const bundle = readBundle(folder, config.keys);
  admit(bundle.manifest, { now, practice: config.practice });
  const place = placeOf(bundle, config);
  if (place.isServed) return alreadyApplied(bundle, place.sites);
  const examination = await examine(bundle, bundle.zoneFile, { ...request, judges: config.judges, ...marginOf(config) }, io);
  printFindings(examination.findings, io.err);
  tellSuccession(place.succession, bundle.manifest, io);
  tellUnsigned(request, place, bundle.manifest, io);
  return { outcome: 'would-apply', manifest: bundle.manifest, sha256: bundle.sha256, examination, servers: serversOf(place.sites, []) };
}

/** At another time than now an expired release would be taken for a good one. @throws Refusal release/now-refused */
function refuseGivenTime({ now, nowGiven }: ApplyRequest, { zone, serial, mode }: Manifest): void {
  if (!nowGiven || mode === 'practice') return;
  throw new Refusal(
    'release/now-refused',
    `--now ${isoText(now)} is given, and serial ${serial} of ${zone} is a production release`,
    'leave --now out; to see what would be done at that time, add --dry-run',
  );
}

/** A server's zone file, and what it is now. */
interface Site {
  readonly server: ServerConfig;
  readonly file: string;
  readonly placed: PlacedZone | undefined;
  /** The file is not that of the release yet. */
  readonly isNew: boolean;
}

interface Place {
  /** Path of the record of what was applied, and its content. */
  readonly record: string;
  readonly state: ReturnType<typeof readState>;
  readonly succession: Succession;
  readonly sites: readonly Site[];
  /** The release was applied, its file is where it belongs, and no server was left without its reload. */
  readonly isServed: boolean;
}

/** Serial and history against the record and against every file that is placed. */
function placeOf(bundle: Bundle, config: ApplyConfig): Place {
  const { manifest, sha256 } = bundle;
  const apex = parseName(manifest.zone);
  commandName(manifest.zone);
  const record = statePath(config.state, apex);
  const state = readState(record, manifest.zone);
  const succession = judgeSuccession(state, manifest, sha256);
  const zone = zoneLine(bundle);
  const sites = config.servers.map((server): Site => {
    const file = join(server.zoneDir, fileName(server.file, apex));
    const placed = readPlaced(file, apex);
    const isNew = placed?.sha256 !== zone.sha256;
    if (placed !== undefined && isNew) refuseBehind(manifest, file, placed, succession);
    return { server, file, placed, isNew };
  });
  const isServed = succession.kind === 'same' && sites.every(({ file, isNew }) => !isNew && !isUnsettled(file));
  return { record, state, succession, sites, isServed };
}

/** A file that was changed after this release was placed has its serial still: it is placed again. */
function refuseBehind({ zone, serial }: Manifest, file: string, placed: PlacedZone, succession: Succession): void {
  if (serialFollows(serial, placed.serial)) return;
  if (serial !== placed.serial) throw serialBackwards(zone, serial, placed.serial, `which is in ${file}`);
  if (succession.kind === 'same') return;
  throw new Refusal(
    'release/serial-reused',
    `${file} has serial ${serial} of ${zone} with other content: sha256 ${placed.sha256}`,
    'two zones have one serial: find out where the file comes from, and make a new release with a serial that is ahead',
  );
}

const fileName = (pattern: string, apex: WireName): string => pattern.replaceAll('{zone}', () => zoneFolder(apex));

function zoneLine({ manifest, zoneFile }: Bundle): ManifestFile {
  return manifest.files.find(({ path }) => path === basename(zoneFile))!;
}

const marginOf = ({ margin }: ApplyConfig): { margin?: number } => (margin === undefined ? {} : { margin });

/** @throws Refusal release/locked */
function lockZone(folder: string, { zone }: Manifest): WorkspaceLock {
  const path = join(folder, `${zoneFolder(parseName(zone))}.lock`);
  try {
    return new WorkspaceLock(path, 'release apply');
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal('release/locked', `another process applies a release of ${zone}: ${path}`, 'wait until it has ended', { cause });
  }
}

function tellSuccession(succession: Succession, { zone, serial }: Manifest, io: Io): void {
  if (succession.kind === 'first') note(io, `no release of ${zone} was applied here before: serial ${serial} is the first`);
  if (succession.kind === 'skipped')
    note(
      io,
      `between serial ${succession.from}, applied last, and ${serial} there are releases that were not applied here (${succession.previous})`,
    );
  if (succession.kind === 'same')
    note(io, `serial ${serial} was applied before, but a file has changed since, or a server was not reloaded: that is made up for`);
}

function tellUnsigned({ acceptUnsigned = false }: ApplyRequest, { state }: Place, manifest: Manifest, io: Io): void {
  if (!endsSignatures(manifest, state)) return;
  note(io, `warning: ${unsignedWords(manifest)}; ${unsignedCheck(manifest)}`);
  if (!acceptUnsigned) note(io, 'release apply refuses it without --accept-unsigned');
}

function recordOf({ manifest, sha256, ...bundle }: Bundle, now: number) {
  const { kind, serial, created, previous } = manifest;
  const file = zoneLine({ manifest, sha256, ...bundle }).sha256;
  const before = previous === undefined ? {} : { previous: { serial: previous.serial, manifest: previous.sha256 } };
  return { serial, manifest: sha256, file, created, applied: isoText(now), ...before, ...(kind === 'unsigned' ? { kind } : {}) };
}

function alreadyApplied({ manifest, sha256 }: Bundle, sites: readonly Site[]): Applied {
  return { outcome: 'already-applied', manifest, sha256, examination: undefined, servers: serversOf(sites, []) };
}

function serversOf(sites: readonly Site[], said: readonly string[]): readonly AppliedServer[] {
  return sites.map(({ server: { kind }, file, placed }, i) => ({ kind, file, before: placed?.serial, said: said[i] }));
}
