import { introduction, revocation, withdrawal } from './approval.ts';
import { dsSettledFrom, dsTtl, isRequestSettled, lastDsTrust, needsHoldDown, oldVersions, revokedUntil, wasUnsigned } from './guards.ts';
import type { RollRules } from './model.ts';
import { isCoVisible, isHeadOfChain, isInsecure, ruleDnskey, ruleDs, ruleRrsig } from './rules.ts';

/** Every rule and guard by name, so that a proof can take one out and show that it is missed. */
export type EngineParts = Readonly<{
  ruleDs: typeof ruleDs;
  ruleDnskey: typeof ruleDnskey;
  ruleRrsig: typeof ruleRrsig;
  isHeadOfChain: typeof isHeadOfChain;
  isCoVisible: typeof isCoVisible;
  isInsecure: typeof isInsecure;
  wasUnsigned: typeof wasUnsigned;
  oldVersions: typeof oldVersions;
  dsgn: (rules: Pick<RollRules, 'dsgn'>) => number;
  isRequestSettled: typeof isRequestSettled;
  dsSettledFrom: typeof dsSettledFrom;
  dsTtl: typeof dsTtl;
  lastDsTrust: typeof lastDsTrust;
  needsHoldDown: typeof needsHoldDown;
  revokedUntil: typeof revokedUntil;
  introduction: typeof introduction;
  withdrawal: typeof withdrawal;
  revocation: typeof revocation;
}>;

export const ENGINE: EngineParts = {
  ruleDs,
  ruleDnskey,
  ruleRrsig,
  isHeadOfChain,
  isCoVisible,
  isInsecure,
  wasUnsigned,
  oldVersions,
  dsgn: (rules) => rules.dsgn,
  isRequestSettled,
  dsSettledFrom,
  dsTtl,
  lastDsTrust,
  needsHoldDown,
  revokedUntil,
  introduction,
  withdrawal,
  revocation,
};
