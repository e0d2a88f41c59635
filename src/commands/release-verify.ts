import { parseName } from '../../signer/dns/name.ts';
import { Refusal } from '../../signer/errors.ts';
import { admit } from '../apply/admit.ts';
import type { JudgeWish } from '../apply/apply-config.ts';
import { type ExamineOptions, examine } from '../apply/examine.ts';
import { pinnedKeys } from '../apply/pinned-keys.ts';
import { examinationLines, manifestLines, signerLines } from '../apply/release-lines.ts';
import { unsignedCheck, unsignedWords } from '../apply/unsigned-release.ts';
import { printVkey } from '../audit/vkey.ts';
import { type Io, note } from '../io.ts';
import { findingLines } from '../print/findings.ts';
import { type Bundle, readBundle } from '../release/bundle.ts';
import { readPreviousZone } from '../sign/inputs.ts';
import { readDsFile } from '../workspace/apex-records.ts';

export interface ReleaseVerifyOptions {
  readonly folder: string;
  /** Verifier keys, or files with such. */
  readonly keys: readonly string[];
  /** Configuration of the connected side, for its keys. */
  readonly config?: string;
  /** The signed zone that is served now. */
  readonly previous?: string;
  /** File with the DS records that the parent has. */
  readonly ds?: string;
  /** Unix seconds. */
  readonly now: number;
  readonly nowGiven: boolean;
  readonly margin?: number;
  readonly judges: JudgeWish;
  readonly practice: boolean;
  readonly threads?: number;
  readonly json: boolean;
}

/** `release verify`: folder → signature → every file → times → the complete check of the zone. What is not good is refused. */
export async function releaseVerify(options: ReleaseVerifyOptions, io: Io): Promise<number> {
  const keys = pinnedKeys(options.keys, options.config);
  if (keys.length === 0) {
    throw new Refusal(
      'release/no-key',
      'no verifier key is given: nothing can be believed of a release',
      'give --key VKEY, --key FILE, or --config FILE',
    );
  }
  const bundle = readBundle(options.folder, keys);
  admit(bundle.manifest, options);
  const result = await examine(bundle, bundle.zoneFile, examineOptions(options, bundle), io);
  if (options.json) {
    const { manifest, sha256, signers } = bundle;
    io.out.write(
      `${JSON.stringify({ format: 1, good: true, sha256, signers: signers.map(printVkey), manifest, ...result }, undefined, 2)}\n`,
    );
    return 0;
  }
  if (bundle.manifest.kind === 'unsigned') note(io, `warning: ${unsignedWords(bundle.manifest)}; ${unsignedCheck(bundle.manifest)}`);
  const lines = [...manifestLines(bundle.manifest, bundle.sha256), ...signerLines(bundle.signers), ...examinationLines(result)];
  io.out.write(`${findingLines(result.findings)}${lines.join('\n')}\n${bundle.manifest.zone} serial ${bundle.manifest.serial}: good\n`);
  return 0;
}

function examineOptions(options: ReleaseVerifyOptions, { manifest }: Bundle): ExamineOptions {
  const { now, nowGiven, judges, margin, threads, previous, ds } = options;
  const apex = parseName(manifest.zone);
  return {
    now,
    nowGiven,
    judges,
    ...(margin === undefined ? {} : { margin }),
    ...(threads === undefined ? {} : { threads }),
    ...(previous === undefined ? {} : { previous: readPreviousZone(previous, apex) }),
    ...(ds === undefined ? {} : { ds: readDsFile(ds, apex) }),
  };
}
