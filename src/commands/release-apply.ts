import { readApplyConfig } from '../apply/apply-config.ts';
import { type Applied, applyRelease, tryRelease } from '../apply/apply-release.ts';
import { expectationWords } from '../apply/expectations.ts';
import { examinationLines } from '../apply/release-lines.ts';
import type { Io } from '../io.ts';

export interface ReleaseApplyOptions {
  readonly folder: string;
  /** Configuration of the connected side. */
  readonly config: string;
  /** Unix seconds. */
  readonly now: number;
  readonly nowGiven: boolean;
  readonly dryRun: boolean;
  /** A zone that is served signed may become unsigned. */
  readonly acceptUnsigned: boolean;
  readonly threads?: number;
  readonly json: boolean;
}

/** `release apply`: a release that was carried in → complete check → the name servers of the configuration. */
export async function releaseApply(options: ReleaseApplyOptions, io: Io): Promise<number> {
  const { folder, now, nowGiven, acceptUnsigned, threads } = options;
  const config = readApplyConfig(options.config);
  const request = { folder, config, now, nowGiven, acceptUnsigned, ...(threads === undefined ? {} : { threads }) };
  const applied = await (options.dryRun ? tryRelease(request, io) : applyRelease(request, io));
  if (options.json) {
    const { examination, ...rest } = applied;
    io.out.write(`${JSON.stringify({ format: 1, ...rest, ...examination }, undefined, 2)}\n`);
  } else io.out.write(text(applied));
  return 0;
}

const WORDS = { applied: 'applied', 'already-applied': 'already applied', 'would-apply': 'would be applied' } as const;

function text({ outcome, manifest: { kind, zone, serial, expected }, examination, servers }: Applied): string {
  const lines = [
    `${zone} serial ${serial}: ${WORDS[outcome]}${kind === 'unsigned' ? ', UNSIGNED' : ''}`,
    ...expected.map((expectation) => `  expected      ${expectationWords(expectation)}`),
    ...(examination === undefined ? [] : examinationLines(examination)),
    ...servers.flatMap(({ kind, file, before, said }) => [
      `  ${kind.padEnd(13)} ${file}, before: ${before === undefined ? 'no file' : `serial ${before}`}`,
      ...(said === undefined ? [] : [`                ${said.replaceAll('\n', '\n              ')}`]),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
