import { type Command, Option } from 'commander';
import { Refusal } from '../../signer/errors.ts';
import { wholeNumber } from '../config/sign-policy.ts';
import { parseMoment } from '../config/time-text.ts';
import type { Io } from '../io.ts';
import {
  actor,
  collect,
  dir,
  json,
  moment,
  nowOption,
  numberOption,
  pinFd,
  type SessionArguments,
  type SetStatus,
  sessionOptions,
} from './options.ts';

/** The commands on the log. */
export function auditCommands(audit: Command, io: Io, setStatus: SetStatus): void {
  readingCommands(audit, io, setStatus);
  witnessCommands(audit, io, setStatus);
  audit
    .command('export <file>')
    .description('write all that an auditor needs into one archive, and log that')
    .option('--inputs', 'the unsigned zone files, too')
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (file: string, { inputs = false, json: asJson = false, ...options }: ExportArguments) => {
      const { auditExport } = await import('../commands/audit-export.ts');
      setStatus(await auditExport({ ...sessionOptions(options), file, inputs, json: asJson }, io));
    });

  audit
    .command('verify <export>')
    .description('what an export proves, and what it does not; needs no keys, no network and no workspace')
    .option('--since <old>', 'an older export, or an older checkpoint: that nothing of it was changed')
    .option('--since-words <words>', 'from a printed checkpoint: "SIZE WORD WORD …", 8 words at least')
    .option('--vkey <vkey>', 'key of the log as it was published, or a file with it')
    .option('--witness <vkey>', 'key of a witness whose cosignatures count, or a file with it; may be repeated', collect)
    .addOption(json())
    .action(async (path: string, { witness = [], json: asJson = false, ...options }: VerifyArguments) => {
      const { auditVerify } = await import('../commands/audit-verify.ts');
      setStatus(await auditVerify({ ...options, path, witnesses: witness, json: asJson }, io));
    });
}

function readingCommands(audit: Command, io: Io, setStatus: SetStatus): void {
  audit
    .command('show')
    .description('entries of the log, a line each; needs no token')
    .option('--zone <name>', 'that speak of this zone')
    .option('--key <key>', 'that speak of this key tag or CKA_ID')
    .option('--person <name>', 'that this person made, or agreed to')
    .option('--ceremony <session>', 'of this session: its id, or the beginning of it')
    .option('--type <type>', 'of this type, or this beginning of types, like sign; may be repeated', collect)
    .option('--since <time>', 'from this time on')
    .option('--until <time>', 'up to this time')
    .option('--seq <range>', 'with these numbers: A..B, A.., ..B or A')
    .addOption(dir())
    .addOption(nowOption())
    .addOption(new Option('--json', 'print the entries exactly as they are in the log'))
    .action(async ({ type = [], since, until, now, json: asJson = false, ...options }: ShowArguments) => {
      const { auditShow } = await import('../commands/audit-show.ts');
      const clock = moment(now);
      const times = {
        ...(since === undefined ? {} : { since: parseMoment(since, clock) }),
        ...(until === undefined ? {} : { until: parseMoment(until, clock) }),
      };
      setStatus(await auditShow({ ...options, ...times, types: type, json: asJson }, io));
    });

  audit
    .command('proof <seq>')
    .description('the proof that one entry is in the log, without showing any other; needs no token')
    .option('--out <file>', 'where it goes (default: standard output)')
    .addOption(dir())
    .addOption(json())
    .action(async (text: string, { json: asJson = false, ...options }: ProofArguments) => {
      const { auditProof } = await import('../commands/audit-proof.ts');
      setStatus(await auditProof({ ...options, seq: wholeNumber(text, 'SEQ', Number.MAX_SAFE_INTEGER), json: asJson }, io));
    });

  audit
    .command('checkpoint')
    .description('the newest signed head of the log, as it is printed; needs no token but with --sign')
    .option('--sign', 'make a fresh one first')
    .option('--words', 'the root in words, too')
    .option('--compare <words>', 'with a page printed before: "SIZE WORD WORD …", 8 words at least')
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async ({ sign = false, words = false, compare, json: asJson = false, ...options }: CheckpointArguments) => {
      const { auditCheckpoint } = await import('../commands/audit-checkpoint.ts');
      const wish = { sign, words, json: asJson, ...(compare === undefined ? {} : { compare }) };
      setStatus(await auditCheckpoint({ ...sessionOptions(options), ...wish }, io));
    });
}

function witnessCommands(audit: Command, io: Io, setStatus: SetStatus): void {
  audit
    .command('witness')
    .description('carry the newest checkpoint to a witness, and its cosignature back (C2SP tlog-witness)')
    .option('--out <file>', 'write what the witness is sent; needs no token')
    .option('--in <file>', 'take in what it answered')
    .option('--witness <name>', 'which one (default, with --out: the only one of the configuration; with --in: any of them)')
    .addOption(
      new Option('--old <size>', 'with --out: what it says that it has cosigned last, if the log does not know it').argParser(
        numberOption('--old', Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async (options: WitnessArguments) => setStatus(await witness(options, io)));
}

interface ShowArguments {
  readonly dir?: string;
  readonly now?: string;
  readonly zone?: string;
  readonly key?: string;
  readonly person?: string;
  readonly ceremony?: string;
  readonly type?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly seq?: string;
  readonly json?: boolean;
}

interface ProofArguments {
  readonly dir?: string;
  readonly out?: string;
  readonly json?: boolean;
}

interface CheckpointArguments extends SessionArguments {
  readonly sign?: boolean;
  readonly words?: boolean;
  readonly compare?: string;
  readonly json?: boolean;
}

interface WitnessArguments extends SessionArguments {
  readonly in?: string;
  readonly out?: string;
  readonly witness?: string;
  readonly old?: number;
  readonly json?: boolean;
}

interface ExportArguments extends SessionArguments {
  readonly inputs?: boolean;
  readonly json?: boolean;
}

interface VerifyArguments {
  readonly since?: string;
  readonly sinceWords?: string;
  readonly vkey?: string;
  readonly witness?: readonly string[];
  readonly json?: boolean;
}

/** @throws Refusal usage/witness-what */
async function witness(
  { in: answer, out, witness: name, old, json: asJson = false, ...session }: WitnessArguments,
  io: Io,
): Promise<number> {
  const file = out ?? answer;
  if (file === undefined || (answer !== undefined && (out !== undefined || old !== undefined))) {
    const given = Object.entries({ in: answer, out, old }).flatMap(([option, value]) => (value === undefined ? [] : [`--${option}`]));
    throw new Refusal(
      'usage/witness-what',
      `${given.join(' and ') || 'neither --in nor --out'} given`,
      'coldsign audit witness --out FILE, carry it to the witness, and then coldsign audit witness --in FILE with its answer',
    );
  }
  const { auditWitnessIn, auditWitnessOut } = await import('../commands/audit-witness.ts');
  const wish = { ...sessionOptions(session), file, json: asJson, ...(name === undefined ? {} : { witness: name }) };
  return answer === undefined ? auditWitnessOut({ ...wish, ...(old === undefined ? {} : { old }) }, io) : auditWitnessIn(wish, io);
}
