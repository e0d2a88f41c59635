import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { printName, type WireName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import { addZone, type NewZone } from '../config/edit-config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { type Io, note } from '../io.ts';
import { writeFileAtomically } from '../workspace/atomic-file.ts';
import { findWorkspace } from '../workspace/find.ts';
import { WorkspaceLock } from '../workspace/lock.ts';
import { workspacePaths } from '../workspace/paths.ts';
import type { SessionRequest } from '../workspace/session.ts';
import { keyGenerateForZones } from './key-generate-for-zones.ts';
import { policyApply } from './policy-apply.ts';

export interface ZoneAddOptions extends Omit<SessionRequest, 'command' | 'config'> {
  readonly apex: WireName;
  /** Unsigned zone file. */
  readonly source: string;
  /** Owner, class and so on; what is absent is a default. */
  readonly members: Omit<NewZone, 'name' | 'source'>;
  /** Go on with `policy apply`, then with `key generate`. */
  readonly apply: boolean;
  readonly generateKeys: boolean;
  readonly approvedBy: readonly string[];
  readonly json: boolean;
}

/** `zone add`: a zone goes into coldsign.yaml, everything else of the file stays as it is; with `--apply` it takes effect. */
export async function zoneAdd(options: ZoneAddOptions, io: Io): Promise<number> {
  const paths = workspacePaths(findWorkspace(options.dir));
  const name = printName(options.apex).toLowerCase();
  const source = resolve(options.source);
  if (!existsSync(source)) throw new Refusal('file/not-found', `zone file ${options.source} does not exist`, 'check the path');
  {
    using _lock = new WorkspaceLock(paths.lock, 'zone add');
    const inside = relative(paths.root, source);
    const text = addZone(readFileSync(paths.config, 'utf8'), {
      ...options.members,
      name,
      source: inside.startsWith('..') ? source : inside,
    });
    parseConfig(text, paths.config, paths.root);
    writeFileAtomically(paths.config, text);
  }
  note(io, `${name} is in ${paths.config}`);
  const apply = options.apply || options.generateKeys;
  if (!apply) {
    io.out.write(`next: coldsign policy apply, then coldsign key generate --zone ${name} and coldsign zone sign ${name}\n`);
    return 0;
  }
  const status = await policyApply({ ...options, json: false }, { ...io, out: io.err });
  if (status !== 0 || !options.generateKeys) return status;
  return keyGenerateForZones({ ...options, zones: [name] }, io);
}
