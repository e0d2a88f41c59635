import type { ShareFacts } from '../../keystore/pin/holder-protocol.ts';
import { pinContext } from '../../keystore/pin/offer.ts';
import { PinHolder } from '../../keystore/pin/pin-holder.ts';
import { parsePkcs11Uri, plainLabel } from '../../keystore/pkcs11/uri.ts';
import { Refusal } from '../../signer/errors.ts';
import type { Io } from '../io.ts';
import type { ShareSet } from '../state/state.ts';
import { readWorkspace } from '../workspace/read-only.ts';
import { toJson } from './token-access.ts';

export interface PinCheckOptions {
  /** Asks whether the share is for this token. */
  readonly token?: string;
  readonly shareFd?: number;
  readonly json?: boolean;
  readonly dir?: string;
}

/** `pin check`: one share → what it says of itself, and what the log knows of its set. No token is asked. @returns 1 if it is of no use */
export async function pinCheck(options: PinCheckOptions, io: Io): Promise<number> {
  const known = knownSets(options.dir);
  const subject = options.token === undefined ? undefined : subjectOf(options.token);
  using holder = new PinHolder(options.shareFd);
  const { shareFd: fd } = options;
  const facts = await holder.ask('examine', { ...(fd === undefined ? {} : { fd }), ...(subject === undefined ? {} : { subject }) });
  const logged = known?.[facts.set];
  const owner = logged?.holders[facts.index - 1];
  const told = { ...facts, ...(owner === undefined ? {} : { owner }), ...(logged?.voided === undefined ? {} : { voided: logged.voided }) };
  io.out.write(options.json === true ? toJson(told) : printFacts(facts, logged, known !== undefined));
  return facts.fits === false || logged?.voided !== undefined ? 1 : 0;
}

function printFacts(facts: ShareFacts, logged: ShareSet | undefined, hasLog: boolean): string {
  const { set, threshold, count, index, holder, fits } = facts;
  const lines = [
    `share      ${index} of ${count}, read without a slip; ${threshold} are needed`,
    `set        ${set}`,
    `brought by ${holder}`,
    ...(fits === undefined ? [] : [`token      ${fits ? 'the one that was named' : 'ANOTHER than the one that was named'}`]),
    ...(logged === undefined
      ? hasLog
        ? ['log        does not know the set']
        : []
      : [
          `made for   ${logged.holders[index - 1] ?? 'nobody'}, ${logged.time}, token ${logged.token.label} (serial ${logged.token.serial})`,
        ]),
    ...(logged?.voided === undefined ? [] : [`VOID       since ${logged.voided}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Where there is a workspace. */
function knownSets(dir: string | undefined): Readonly<Record<string, ShareSet>> | undefined {
  try {
    return readWorkspace(dir).state.shareSets;
  } catch (error) {
    if (dir === undefined && error instanceof Refusal && error.code === 'workspace/not-found') return undefined;
    throw error;
  }
}

function subjectOf(text: string): string {
  const { token, serial } = parsePkcs11Uri(text);
  if (token !== undefined && serial !== undefined) return pinContext(plainLabel(token), serial);
  throw new Refusal(
    'token/bad-uri',
    'shares name label and serial number of their token, and the URI lacks one of them',
    'add token= and serial=',
  );
}
