import { existsSync } from 'node:fs';
import { Refusal } from '../../signer/errors.ts';
import type { Io } from '../io.ts';
import { readNewPassphrase } from '../people/passphrase.ts';
import { newPersonKey } from '../people/person-key.ts';
import { AtomicFile } from '../workspace/atomic-file.ts';
import { toJson } from './token-access.ts';

export interface PersonNewOptions {
  readonly name: string;
  readonly out: string;
  readonly passphraseFd?: number;
  readonly json: boolean;
}

/** `person new`: passphrase → key file, and the vkey for coldsign.yaml. Needs no workspace: people make their keys where they like. */
export async function personNew({ name, out, passphraseFd, json }: PersonNewOptions, io: Io): Promise<number> {
  refuseThere(out);
  const passphrase = await readNewPassphrase(name, passphraseFd);
  const { vkey, file } = await newPersonKey(name, passphrase).finally(() => passphrase.fill(0));
  using written = new AtomicFile(out, 0o600);
  written.write(Buffer.from(file));
  refuseThere(out);
  written.commit();
  io.out.write(
    json
      ? toJson({ name, file: out, vkey })
      : `${vkey}\n  next: write it into coldsign.yaml, people: ${name}: key:, then coldsign policy apply; keep ${out}, and a copy\n`,
  );
  return 0;
}

/** A key that is overwritten is lost. */
function refuseThere(out: string): void {
  if (!existsSync(out)) return;
  throw new Refusal('person/file-exists', `${out} is there already`, 'name another file, or move that one away');
}
