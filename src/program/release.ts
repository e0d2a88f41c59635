import { type Command, InvalidArgumentError, Option } from 'commander';
import type { JudgeWish } from '../apply/apply-config.ts';
import { parseDuration } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import { JUDGES, type JudgeName } from '../release/judges.ts';
import { collect, json, moment, nowOption, numberOption, type SetStatus, threads } from './options.ts';

/** The commands on releases of the connected side: no workspace, no token. */
export function releaseCommands(release: Command, io: Io, setStatus: SetStatus): void {
  release
    .command('show <folder>')
    .description('say what is in a release')
    .addOption(key())
    .option('--config <file>', 'configuration of the connected side, for its verifier keys')
    .addOption(json())
    .action(async (folder: string, { key: keys = [], json: asJson = false, ...options }: ShowArguments) => {
      const { releaseShow } = await import('../commands/release-show.ts');
      setStatus(await releaseShow({ ...options, folder, keys, json: asJson }, io));
    });

  release
    .command('verify <folder>')
    .description('check a release as a whole: signature, files, times, zone')
    .addOption(key())
    .option('--config <file>', 'configuration of the connected side, for its verifier keys')
    .option('--previous <file>', 'signed zone that is served now: the serial must be ahead of its')
    .option('--ds <file>', 'DS records of the parent')
    .addOption(
      new Option('--judges <names>', 'all (that are installed), none, or names with commas').argParser(judgeNames).default([], 'none'),
    )
    .addOption(
      new Option('--agree <n>', 'how many judges must accept (default: all of them)').argParser(numberOption('--agree', JUDGES.length, 1)),
    )
    .addOption(new Option('--margin <duration>', 'signatures must last this much longer than now').argParser(parseDuration))
    .option('--practice', 'let practice releases pass')
    .addOption(threads())
    .addOption(nowOption())
    .addOption(json())
    .action(async (folder: string, given: VerifyArguments) => {
      const { releaseVerify } = await import('../commands/release-verify.ts');
      const { key: keys = [], now, judges: names, agree, practice = false, json: asJson = false, ...options } = given;
      const times = { now: moment(now), nowGiven: now !== undefined };
      setStatus(await releaseVerify({ ...options, ...times, folder, keys, judges: { names, agree }, practice, json: asJson }, io));
    });

  release
    .command('apply <folder>')
    .description('check a release, place its zone at the name servers, and reload them')
    .requiredOption('--config <file>', 'configuration of the connected side')
    .option('--dry-run', 'check everything that can be checked without writing, and say what would be done')
    .option('--accept-unsigned', 'take the signatures off a zone that is served signed: its parent has no DS any more')
    .addOption(threads())
    .addOption(nowOption())
    .addOption(json())
    .action(async (folder: string, { now, dryRun = false, acceptUnsigned = false, json: asJson = false, ...options }: ApplyArguments) => {
      const { releaseApply } = await import('../commands/release-apply.ts');
      const times = { now: moment(now), nowGiven: now !== undefined };
      setStatus(await releaseApply({ ...options, ...times, folder, dryRun, acceptUnsigned, json: asJson }, io));
    });
}

const key = (): Option =>
  new Option('--key <vkey>', 'verifier key of the signing side, or a file with such; may be repeated').argParser(collect);

function judgeNames(text: string): JudgeWish['names'] {
  if (text === 'all') return 'all';
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    if (JUDGES.includes(name as JudgeName)) return name as JudgeName;
    throw new InvalidArgumentError(`${name} is no judge; they are ${JUDGES.join(', ')}`);
  });
}

interface ShowArguments {
  readonly key?: readonly string[];
  readonly config?: string;
  readonly json?: boolean;
}

interface VerifyArguments {
  readonly key?: readonly string[];
  readonly config?: string;
  readonly previous?: string;
  readonly ds?: string;
  readonly judges: JudgeWish['names'];
  readonly agree?: number;
  readonly margin?: number;
  readonly practice?: boolean;
  readonly threads?: number;
  readonly now?: string;
  readonly json?: boolean;
}

interface ApplyArguments {
  readonly config: string;
  readonly dryRun?: boolean;
  readonly acceptUnsigned?: boolean;
  readonly threads?: number;
  readonly now?: string;
  readonly json?: boolean;
}
