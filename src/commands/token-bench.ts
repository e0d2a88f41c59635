import { type Bench, benchToken, cleanToken, type Measurement, type TokenAccess } from '../../keystore/doctor/bench-token.ts';
import { grouped } from '../../keystore/doctor/rates.ts';
import { type PinOptions, tokenLogin } from '../../keystore/pin/source.ts';
import { parsePkcs11Uri } from '../../keystore/pkcs11/uri.ts';
import { algorithmLabel } from '../../signer/dnssec/algorithm.ts';
import { Fault } from '../../signer/errors.ts';
import { type Io, note } from '../io.ts';
import { columns } from '../print/table.ts';
import { INTERRUPTED, onInterrupt } from './interruption.ts';
import { toJson } from './token-access.ts';

export interface TokenBenchOptions extends PinOptions {
  readonly token: string;
  readonly workers: readonly number[];
  readonly algorithms: readonly number[];
  readonly seconds: number;
  /** Remove what interrupted trials left, and measure nothing. */
  readonly clean: boolean;
  readonly json: boolean;
}

/** `token bench`: token → trial keys → signatures a second → table; the keys are destroyed. @returns exit status */
export async function tokenBench(options: TokenBenchOptions, io: Io): Promise<number> {
  const uri = parsePkcs11Uri(options.token);
  const access = { uri, ...tokenLogin(uri, options) };
  if (options.clean) return await clean(access, options.json, io);
  using interruption = onInterrupt(() => note(io, 'interrupted: destroying the trial keys'));
  const bench = await benchToken({ ...options, ...access, signal: interruption.signal, progress: (step) => note(io, step) });
  io.out.write(options.json ? toJson(report(bench)) : print(bench));
  refuseRemains(bench.trialsBefore, bench.trialsAfter);
  if (bench.trialsBefore > 0) note(io, `${bench.trialsBefore} objects of an interrupted trial are on the token; --clean removes them`);
  return bench.isInterrupted ? INTERRUPTED : 0;
}

async function clean(access: TokenAccess, asJson: boolean, io: Io): Promise<number> {
  const { before, after } = await cleanToken(access);
  io.out.write(
    asJson ? toJson({ format: 1, removed: before - after, left: after }) : `${before - after} objects of interrupted trials removed\n`,
  );
  refuseRemains(0, after);
  return 0;
}

function refuseRemains(before: number, after: number): void {
  if (after <= before) return;
  const told = `${after - before} objects of this trial are still on the token, expected none`;
  throw new Fault('token/trial-remains', told, 'remove them with: coldsign token bench --clean, or with the vendor tool');
}

/** The schema of --json; fields are added, never changed. */
function report({ token, measurements, absent, isInterrupted }: Bench) {
  const { label, serial, manufacturer, model, firmware } = token;
  return { format: 1, token: { label, serial, manufacturer, model, firmware }, interrupted: isInterrupted, measurements, absent };
}

function print({ measurements, absent, isInterrupted }: Bench): string {
  const head = ['ALGORITHM', 'PROCESSES', 'SIGNATURES/S', 'VERIFIED/S'];
  const inOrder = measurements.toSorted((a, b) => a.algorithm - b.algorithm || a.workers - b.workers);
  const rows = Map.groupBy(inOrder, ({ algorithm, workers }) => `${algorithm} ${workers}`)
    .values()
    .map((group) => row(group));
  const lacking = absent.map(({ algorithm, missing }) => `${algorithmLabel(algorithm)} not measured: ${missing}\n`);
  return columns([head, ...rows]) + lacking.join('') + (isInterrupted ? 'interrupted: the table is not complete\n' : '');
}

function row(group: readonly Measurement[]): string[] {
  const [{ algorithm, workers }] = group as [Measurement];
  const rate = (verified: boolean): string => {
    const found = group.find((measurement) => measurement.verified === verified);
    if (found === undefined) return '-';
    return found.perSecond >= 10 ? grouped(String(Math.round(found.perSecond))) : String(found.perSecond);
  };
  return [algorithmLabel(algorithm), String(workers), rate(false), rate(true)];
}
