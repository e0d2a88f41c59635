import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Fault, Refusal } from '../../signer/errors.ts';
import type { ArtifactRef } from '../audit/entry.ts';
import type { TokenRole } from '../config/config.ts';
import { checkedReason } from '../release/reason.ts';
import type { Session } from '../workspace/session.ts';
import { allKeys, keysOfEntry } from './logged-keys.ts';
import { tokenOfRole } from './tokens.ts';

/** A step that people did with the vendor's tools. What they say is not checked; what they bring as evidence is kept. */
export interface VendorStep {
  readonly role?: TokenRole;
  /** File: a photo, the record of a ceremony, the output of the vendor's tool. */
  readonly evidence?: string;
  readonly reason?: string;
}

/** Records a backup by the vendor's procedure. @returns number of keys that it is of @throws Refusal gate/no-reason, backup/no-evidence, backup/no-keys */
export async function recordVendorBackup(session: Session, step: VendorStep & { readonly place?: string }): Promise<number> {
  const reason = checkedReason(step.reason, 'a backup by the procedure of the vendor');
  const place = checkedReason(step.place, 'the place of a backup (--place)');
  const { keys, token } = await keysOfStep(session, step.role);
  const evidence = keepEvidence(session, step.evidence);
  session.append('key.backup', {
    method: 'vendor',
    keys: keysOfEntry(keys, session.artifacts),
    token,
    place: `${place}; ${reason}`.slice(0, 1000),
    evidence,
  });
  return keys.length;
}

/** Records a drill of it, good or bad. @throws as {@link recordVendorBackup} */
export async function recordVendorDrill(session: Session, step: VendorStep & { readonly failed: boolean }): Promise<number> {
  const text = checkedReason(step.reason, 'a drill by the procedure of the vendor');
  const { keys } = await keysOfStep(session, step.role);
  const evidence = keepEvidence(session, step.evidence);
  const outcome = step.failed ? 'failed' : 'proved';
  session.append('key.drill', { method: 'vendor', keys: keysOfEntry(keys, session.artifacts), outcome, text, evidence });
  return keys.length;
}

async function keysOfStep(session: Session, role: TokenRole | undefined) {
  const { token } = await tokenOfRole(session, role);
  const { label, serial } = token;
  const keys = allKeys(session.state).filter((key) => key.serial === serial);
  if (keys.length > 0) return { keys, token: { label, serial } };
  throw new Refusal(
    'backup/no-keys',
    `the log knows no key of a zone on token "${label}" (serial ${serial})`,
    'name the token that has the keys with --role',
  );
}

function keepEvidence({ artifacts }: Session, path: string | undefined): ArtifactRef {
  if (path === undefined) {
    throw new Refusal(
      'backup/no-evidence',
      'a procedure of the vendor is recorded with its evidence, and --evidence names no file',
      'give the record of the ceremony, a photo, or what the tool of the vendor has printed',
    );
  }
  try {
    return artifacts.put(readFileSync(path), basename(path));
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new Refusal('backup/no-evidence', `the evidence ${path} could not be read (${why})`, 'name a file', { cause });
  }
}
