import { accessSync, constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Refusal } from '../../signer/errors.ts';
import { abstention, askingOf } from './blind-spots.ts';
import { findTool, runTool, type ToolResult, type ToolRun } from './tool.ts';
import type { ZoneContents } from './zone-contents.ts';

export type JudgeName = 'named-checkzone' | 'dnssec-verify' | 'ldns-verify-zone' | 'kzonecheck';

/** Three independent implementations of DNSSEC validation (BIND, ldns, Knot) and BIND's zone loader. */
export const JUDGES: readonly JudgeName[] = ['named-checkzone', 'dnssec-verify', 'ldns-verify-zone', 'kzonecheck'];

/** Those that judge a zone without signatures too: what else makes it one that servers do not load. */
export const UNSIGNED_JUDGES: readonly JudgeName[] = ['named-checkzone', 'kzonecheck'];

export interface Verdict {
  readonly judge: JudgeName;
  readonly version: string;
  /**
   * `unavailable`: the tool ran but came to no verdict (time limit, crash). `abstain`: it has objected to nothing but a form that it is known not
   * to know, and that the zone has. Neither ever counts as accept.
   */
  readonly verdict: 'accept' | 'reject' | 'unavailable' | 'abstain';
  readonly exit: number | undefined;
  /** `given`: judged at `now` of the request; `system`: the tool knows only the clock of this machine; `none`: it does not look at times. */
  readonly clock: 'given' | 'system' | 'none';
  readonly seconds: number;
  /** The last lines of the tool's output: its reason. */
  readonly text: string;
  /** Where the zone has a form that the judge does not know: what was made of that, to follow its name. */
  readonly note?: string;
}

export interface JudgeRequest {
  /** A zone in master file form, signed unless `isUnsigned`. */
  readonly file: string;
  /** Zone name in presentation form; the trailing dot may be missing. */
  readonly origin: string;
  /** Unix seconds. Without it each tool takes the clock of this machine. */
  readonly now?: number;
  /** A file of DS or DNSKEY records that the zone must chain to, for the judges that take one. */
  readonly anchorFile?: string;
  /** All that can judge it if absent; those who cannot have all four name the ones they rely on. */
  readonly judges?: readonly JudgeName[];
  readonly timeoutSeconds?: number;
  /** What is in the zone, for the forms of rollovers that a judge does not know; without it each is asked as always, and what it says stands. */
  readonly contents?: ZoneContents;
  /** The zone is to have no signatures, and is judged without them; only UNSIGNED_JUDGES can. */
  readonly isUnsigned?: true;
  /** How many judges run at a time, each with the whole zone in memory. Default: one. */
  readonly parallel?: number;
}

/** The judges that are installed. Each is looked for and asked for its version once, however many zones it judges. */
export interface JudgeTools {
  /** @throws Refusal setup/tool-missing */
  path(name: JudgeName): string;
  version(name: JudgeName): Promise<string>;
  /** Can it verify ZONEMD on request? */
  knowsZonemd(name: JudgeName): Promise<boolean>;
}

/** @param folders where to look, in this order; default: PATH and the usual ones */
export function makeJudgeTools(folders?: readonly string[]): JudgeTools {
  const paths = new Map<JudgeName, string>();
  const versions = new Map<JudgeName, Promise<string>>();
  const zonemd = new Map<JudgeName, Promise<boolean>>();
  const path = (name: JudgeName): string => once(paths, name, () => findTool(name, folders));
  return {
    path,
    version: (name) => once(versions, name, () => versionOf(path(name), TABLE[name].versionArguments)),
    knowsZonemd: (name) => once(zonemd, name, () => knowsZonemd(path(name))),
  };
}

function once<T>(known: Map<JudgeName, T>, name: JudgeName, ask: () => T): T {
  const value = known.get(name) ?? ask();
  known.set(name, value);
  return value;
}

interface Judge {
  readonly clock: (request: JudgeRequest) => Verdict['clock'];
  readonly versionArguments: readonly string[];
  readonly run: (request: JudgeRequest, zone: Zone) => Omit<ToolRun, 'file' | 'timeoutSeconds'>;
}

interface Zone {
  readonly file: string;
  readonly folder: string;
  readonly origin: string;
  readonly hasZonemd: boolean;
  /** All DNSKEY records have the SEP flag: the zone is signed by keys with both roles. */
  readonly hasOnlySepKeys: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 600;
const TEXT_LINES = 12;
const withTime = (request: JudgeRequest): Verdict['clock'] => (request.now === undefined ? 'system' : 'given');

/** All four give 0 for a good zone. ldns gives its internal error number, of up to 255, so that no other status has a meaning of its own. */
function verdictOf(result: ToolResult): Verdict['verdict'] {
  if (result.timedOut || result.exit === undefined) return 'unavailable';
  return result.exit === 0 ? 'accept' : 'reject';
}

const TABLE: Readonly<Record<JudgeName, Judge>> = {
  /** `-i local`: the default asks the DNS about names outside the zone. */
  'named-checkzone': {
    clock: () => 'none',
    versionArguments: ['-v'],
    run: (_request, zone) => ({ args: ['-i', 'local', '-k', 'ignore', zone.origin, zone.file], cwd: zone.folder }),
  },
  /** `-z`: without it a zone whose keys have both roles is rejected for want of a ZSK. */
  'dnssec-verify': {
    clock: () => 'system',
    versionArguments: ['-V'],
    run: (_request, zone) => ({ args: [...(zone.hasOnlySepKeys ? ['-z'] : []), '-o', zone.origin, zone.file], cwd: zone.folder }),
  },
  /**
   * Has no option for the origin: relative names would get the root. Hence `$ORIGIN` in front of the file, through standard input.
   * `-V 1`: the default prints each name.
   */
  'ldns-verify-zone': {
    clock: withTime,
    versionArguments: ['-v'],
    run: (request, zone) => ({
      args: [
        '-V',
        '1',
        ...(request.now === undefined ? [] : ['-t', compactTime(request.now)]),
        ...(request.anchorFile === undefined ? [] : ['-k', resolve(request.anchorFile)]),
      ],
      cwd: zone.folder,
      stdin: { head: `$ORIGIN ${zone.origin}\n`, file: zone.file },
    }),
  },
  /** `-d off`: without signatures there is nothing for the time to be looked at. `-d on` accepts no unsigned zone. */
  kzonecheck: {
    clock: (request) => (request.isUnsigned === true ? 'none' : withTime(request)),
    versionArguments: ['-V'],
    run: (request, zone) => ({
      args: [
        '-d',
        request.isUnsigned === true ? 'off' : 'on',
        ...(request.now === undefined ? [] : ['-t', `${request.now}`]),
        '-o',
        zone.origin,
        zone.file,
      ],
      cwd: zone.folder,
    }),
  },
};

/**
 * Lets independent validators judge a zone. No network is used, no shell, nothing is written.
 * @returns in the order of the request
 * @throws RangeError for a judge that cannot judge what it is to; Refusal setup/tool-missing before any judge runs, judge/unreadable if the file cannot be opened
 */
export async function runJudges(request: JudgeRequest, tools: JudgeTools = makeJudgeTools()): Promise<readonly Verdict[]> {
  const names = request.judges ?? (request.isUnsigned === true ? UNSIGNED_JUDGES : JUDGES);
  const unfit = names.find((name) => request.isUnsigned === true && !UNSIGNED_JUDGES.includes(name));
  if (unfit !== undefined) throw new RangeError(`${unfit} judges signatures alone`);
  for (const name of names) tools.path(name);
  const file = resolve(request.file);
  for (const needed of [file, ...(request.anchorFile === undefined ? [] : [resolve(request.anchorFile)])]) assertReadable(needed);
  const zone: Zone = { file, folder: dirname(file), origin: `${request.origin.replace(/\.$/, '')}.`, ...(await lookAtApex(file)) };
  const verdicts = new Map<JudgeName, Verdict>();
  const waiting = names.values();
  // All of them take from one queue: whoever is done takes the next.
  const work = async (): Promise<void> => {
    for (const name of waiting) verdicts.set(name, await judge(name, tools, request, zone));
  };
  await Promise.all(Array.from({ length: request.parallel ?? 1 }, work));
  return names.map((name) => verdicts.get(name)!);
}

async function judge(name: JudgeName, tools: JudgeTools, request: JudgeRequest, zone: Zone): Promise<Verdict> {
  const entry = TABLE[name];
  const version = await tools.version(name);
  const timeoutSeconds = request.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const options = name === 'kzonecheck' && request.isUnsigned !== true && zone.hasZonemd && (await tools.knowsZonemd(name)) ? ['-z'] : [];
  const run = entry.run(request, zone);
  const asking = askingOf(name, request.contents);
  const args = [...asking.options.filter((option) => !run.args.includes(option)), ...options, ...run.args];
  const result = await runTool({ ...run, args, file: tools.path(name), timeoutSeconds });
  const said = verdictOf(result);
  const ignorance = said === 'reject' && result.exit === 1 ? abstention(name, result.text, request.contents) : undefined;
  const note = ignorance ?? asking.note;
  return {
    judge: name,
    version,
    verdict: ignorance === undefined ? said : 'abstain',
    exit: result.exit,
    clock: entry.clock(request),
    seconds: result.seconds,
    text: reason(result, timeoutSeconds),
    ...(note === undefined ? {} : { note }),
  };
}

function assertReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    throw new Refusal('judge/unreadable', `${file} cannot be read`, 'check the path and its permissions', { cause });
  }
}

/** The word with the number, out of `kzonecheck (Knot DNS), version 3.2.6` and the like. */
async function versionOf(path: string, args: readonly string[]): Promise<string> {
  const { text } = await runTool({ file: path, args, timeoutSeconds: 20 });
  return /\d+\.\d+[\w.+~:-]*/.exec(text)?.[0] ?? 'unknown';
}

/** Later versions of Knot verify ZONEMD, on request only, and refuse a zone without one then. */
async function knowsZonemd(path: string): Promise<boolean> {
  const { text } = await runTool({ file: path, args: ['--help'], timeoutSeconds: 20 });
  return text.includes('--zonemd');
}

const APEX_OCTETS = 1 << 20;
const DNSKEY_FLAGS = /(?<!RRSIG[ \t]+)\b(?:DNSKEY|TYPE48)[ \t]+(\d+)[ \t]+3[ \t]+\d/gi;

/** In canonical order the records of the apex come first: the beginning of the file has them. Elsewhere they are missed, and the judge is the stricter for it. */
async function lookAtApex(file: string): Promise<Pick<Zone, 'hasZonemd' | 'hasOnlySepKeys'>> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(APEX_OCTETS), 0, APEX_OCTETS, 0);
  const text = buffer.toString('latin1', 0, bytesRead);
  const flags = [...text.matchAll(DNSKEY_FLAGS)].map(([, digits]) => Number(digits));
  return {
    hasZonemd: /[ \t](?:ZONEMD|TYPE63)[ \t]+\d/i.test(text),
    hasOnlySepKeys: flags.length > 0 && flags.every((value) => (value & 1) === 1),
  };
}

function reason(result: ToolResult, timeoutSeconds: number): string {
  const lines = result.text.split('\n').filter((line) => line.trim() !== '');
  if (result.timedOut) lines.push(`no verdict within ${timeoutSeconds} s: stopped`);
  else if (result.signal !== undefined) lines.push(`ended by ${result.signal}`);
  return lines.length === 0 ? 'no message' : lines.slice(-TEXT_LINES).join('\n');
}

/** `YYYYMMDDHHMMSS`, UTC. */
function compactTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14);
}
