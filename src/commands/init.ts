import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { generateAuditKey } from '../../keystore/audit-key.ts';
import type { PinOptions } from '../../keystore/pin/source.ts';
import { parsePkcs11Uri, printPkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { toHex } from '../../signer/dns/bytes.ts';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { Mode } from '../audit/entry.ts';
import { AuditLog } from '../audit/log.ts';
import type { NoteSigner } from '../audit/note-key.ts';
import { printVkey, vkeyOf } from '../audit/vkey.ts';
import { defaultConfigText } from '../config/default-config.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { absoluteUri, parseConfig } from '../config/parse-config.ts';
import type { Io } from '../io.ts';
import { configDiff } from '../policy/diff.ts';
import { emptyState } from '../state/state.ts';
import { VERSION } from '../version.ts';
import { ArtifactStore } from '../workspace/artifacts.ts';
import { writeFileAtomically } from '../workspace/atomic-file.ts';
import { WorkspaceLock } from '../workspace/lock.ts';
import { type WorkspacePaths, workspacePaths } from '../workspace/paths.ts';
import { policyLoaded } from '../workspace/policy-entry.ts';
import { Session } from '../workspace/session.ts';
import { WorkspaceTokens } from '../workspace/tokens.ts';
import { makeSoftToken } from './token-init.ts';

export interface InitOptions extends PinOptions {
  readonly dir: string;
  /** URI of a token that is there; default: a SoftHSM token inside the workspace. */
  readonly token?: string;
  /** Name of the log, which its key and every checkpoint carry. */
  readonly origin?: string;
  readonly practice: boolean;
  /** Unix seconds. */
  readonly now: number;
  readonly nowGiven: boolean;
  readonly json: boolean;
}

/** `init`: folder → token → audit key → genesis of the log → configuration, applied. What it makes signs a zone at once. */
export async function init(options: InitOptions, io: Io): Promise<number> {
  const origin = checkedOrigin(options.origin ?? `${hostname().toLowerCase()}/${basename(resolve(options.dir))}`);
  refuseGivenTime(options);
  const paths = makeFolders(options.dir);
  using _lock = new WorkspaceLock(paths.lock, 'init');
  const uri = options.token === undefined ? await embeddedToken(paths) : absoluteUri(options.token, '.');
  const text = defaultConfigText({ origin, tokens: { ksk: uri, zsk: uri, audit: uri } });
  const config = parseConfig(text, paths.config, paths.root);
  const login = { refusedPins: paths.refusedPins, forceFinalTry: options.forceFinalTry === true };
  await using tokens = new WorkspaceTokens({ ...options, uris: config.tokens, login }, io);
  const keystore = await tokens.keystore('audit');
  const key = await generateAuditKey(keystore, origin);
  const signer: NoteSigner = { name: origin, kind: key.kind, publicKey: key.publicKey, sign: (octets) => key.sign(octets) };
  const vkey = vkeyOf(signer);
  using log = AuditLog.open(paths.audit);
  const state = { ...emptyState(), mode: (options.practice ? 'practice' : 'production') satisfies Mode as Mode };
  const artifacts = new ArtifactStore(paths.artifacts);
  const request = { command: 'init', now: options.now, nowGiven: options.nowGiven };
  const session = new Session({ request, io, paths, log, state, artifacts, config, tokens, vkey, signer });
  const place = { label: key.label, id: toHex(key.id), serial: keystore.token.serial };
  session.append('log.genesis', { origin, vkey: printVkey(vkey), key: place, version: VERSION });
  writeFileAtomically(join(paths.audit, 'vkeys'), `${printVkey(vkey)}\n`);
  await session.open();
  writeFileAtomically(join(paths.root, 'coldsign.schema.json'), `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
  writeFileAtomically(paths.config, text);
  session.append('policy.loaded', policyLoaded(artifacts, text, configDiff(undefined, config), config.people));
  await session.close('done');
  tell({ options, paths, origin, vkey: printVkey(vkey), algorithm: key.kind, embedded: options.token === undefined }, io);
  return 0;
}

function makeFolders(dir: string): WorkspacePaths {
  const paths = workspacePaths(dir);
  if (existsSync(paths.config)) {
    throw new Refusal('workspace/exists', `${paths.root} is a workspace already`, 'use it, or give another folder');
  }
  const folders = [paths.artifacts, paths.releases, paths.cache];
  try {
    refuseFilled(paths, folders);
    mkdirSync(paths.root, { recursive: true, mode: 0o700 });
    for (const folder of folders) mkdirSync(folder, { recursive: true });
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Fault('file/not-writable', `the folder ${paths.root} could not be made (${why})`, 'check the path and its permissions', {
      cause,
    });
  }
  return paths;
}

/** Empty folders are none: an init that was refused leaves them, and the same folder is good for the next one. */
function refuseFilled({ root, audit }: WorkspacePaths, folders: readonly string[]): void {
  const isEmpty = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0;
  if (isEmpty(root)) return;
  if (readdirSync(root).every((name) => folders.includes(join(root, name))) && folders.every(isEmpty)) return;
  const remains = existsSync(audit) || existsSync(join(root, 'token'));
  throw new Refusal(
    'workspace/not-empty',
    `${root} is not empty${remains ? '; it looks like what an interrupted init has left' : ''}`,
    remains ? 'nothing was signed with it: remove the folder and try again' : 'give a new or empty folder',
  );
}

/** Names of signed notes have neither blanks nor plus signs (C2SP signed-note). */
function checkedOrigin(origin: string): string {
  if (/^[!-*,-~]{1,200}$/.test(origin)) return origin;
  throw new Refusal(
    'audit/bad-origin',
    `"${origin}" cannot be the name of a log: printable ASCII without blank and plus sign, at most 200 characters`,
    'give --origin a name like audit.example.net/site-a',
  );
}

function refuseGivenTime({ nowGiven, practice }: InitOptions): void {
  if (!nowGiven || practice) return;
  throw new Refusal(
    'workspace/now-refused',
    '--now is given, and this will be a production workspace',
    'add --practice, or leave --now out',
  );
}

/** Paths inside the workspace are written relative to it: a copy of the folder works elsewhere. */
async function embeddedToken(paths: WorkspacePaths): Promise<string> {
  const { uri } = await makeSoftToken({ dir: join(paths.root, 'token'), label: 'coldsign', generatePin: true });
  const parsed = parsePkcs11Uri(uri);
  return printPkcs11Uri({ ...parsed, pinSource: 'file:token/pin', softhsmConf: 'token/softhsm2.conf' });
}

interface Told {
  readonly options: InitOptions;
  readonly paths: WorkspacePaths;
  readonly origin: string;
  readonly vkey: string;
  readonly algorithm: string;
  readonly embedded: boolean;
}

function tell({ options, paths, origin, vkey, algorithm, embedded }: Told, io: Io): void {
  if (options.json) {
    io.out.write(`${JSON.stringify({ workspace: paths.root, origin, vkey, practice: options.practice }, undefined, 2)}\n`);
    return;
  }
  const lines = [
    `workspace      ${paths.root}${options.practice ? ' (practice)' : ''}`,
    `configuration  ${paths.config}; edits take effect by coldsign policy apply`,
    `token          ${embedded ? 'SoftHSM, in token/ (the PIN is in token/pin there): for first steps and rehearsals' : (options.token ?? '')}`,
    `audit key      ${algorithm}, in the token`,
    `vkey           ${vkey}`,
    'Give the vkey to auditors and to the machines that apply releases: it is what they check against.',
    `next           coldsign zone add example.org --source example.org.zone --apply --generate-keys --dir ${paths.root}`,
  ];
  io.out.write(`${lines.join('\n')}\n`);
}
