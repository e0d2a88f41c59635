import { examineToken } from '../../keystore/doctor/examine-token.ts';
import type { Examination } from '../../keystore/doctor/facts.ts';
import { type Advice, judgeToken } from '../../keystore/doctor/rules.ts';
import { adviceLines, describeExamination, type Section } from '../../keystore/doctor/words.ts';
import { type PinOptions, tokenLogin } from '../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { type Io, note } from '../io.ts';
import { INTERRUPTED, onInterrupt } from './interruption.ts';
import { toJson } from './token-access.ts';

export interface TokenDoctorOptions extends PinOptions {
  readonly token: string;
  /** False: only what needs no login. */
  readonly login: boolean;
  readonly tokenKeys: boolean;
  /** Print all mechanisms. */
  readonly mechanisms: boolean;
  readonly json: boolean;
  /** Unix seconds. */
  readonly now: number;
}

/** `token doctor`: module and token → facts → trials → judgement → report. @returns 1 if an error was found */
export async function tokenDoctor(options: TokenDoctorOptions, io: Io): Promise<number> {
  using interruption = onInterrupt(() =>
    note(io, 'interrupted: the trial that runs is finished first, so that nothing stays on the token'),
  );
  const examination = await examine(options, interruption.signal, io);
  if (examination === undefined) return INTERRUPTED;
  const advice = judgeToken(examination);
  io.out.write(options.json ? toJson(report(examination, advice)) : print(examination, advice, options.mechanisms));
  return advice.some(({ severity }) => severity === 'error') ? 1 : 0;
}

/** @returns undefined if it was interrupted */
async function examine(options: TokenDoctorOptions, signal: AbortSignal, io: Io): Promise<Examination | undefined> {
  const { tokenKeys, now } = options;
  const uri = parsePkcs11Uri(options.token);
  const { pin: source, login } = tokenLogin(uri, options);
  const pin = options.login ? source : undefined;
  try {
    return await examineToken({ uri, pin, login, tokenKeys, now, signal, progress: (step) => note(io, step) });
  } catch (error) {
    if (error === signal.reason) return undefined;
    throw error;
  }
}

/** The schema of --json; fields are added, never changed. */
function report({ module, facts, trials, untried, now }: Examination, advice: readonly Advice[]) {
  return {
    format: 1,
    at: now,
    module,
    ...facts,
    login: trials !== undefined,
    ...(untried === undefined ? {} : { untried }),
    ...(trials === undefined ? {} : { trials }),
    findings: advice,
  };
}

function print(examination: Examination, advice: readonly Advice[], everyMechanism: boolean): string {
  const sections = describeExamination(examination, everyMechanism).map(sectionText);
  const lines = advice.length === 0 ? ['nothing found that will hurt'] : adviceLines(advice);
  return `${sections.join('\n')}\nfindings\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function sectionText({ head, rows }: Section): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return `${head}\n${rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')}`;
}
