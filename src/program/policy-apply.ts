import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { actor, collect, dir, json, nowOption, pinFd, type SessionArguments, type SetStatus, sessionOptions } from './options.ts';

/** `policy apply`, the one command on policies that changes something. */
export function policyApplyCommand(policy: Command, io: Io, setStatus: SetStatus): void {
  policy
    .command('apply')
    .description('let coldsign.yaml take effect; what changes is told and goes into the log')
    .option('--approved-by <person>', 'who agreed, where a quorum is asked for; may be repeated', collect)
    .addOption(dir())
    .addOption(actor())
    .addOption(pinFd())
    .addOption(nowOption())
    .addOption(json())
    .action(async ({ approvedBy = [], json: asJson = false, ...options }: ApplyArguments) => {
      const { policyApply } = await import('../commands/policy-apply.ts');
      setStatus(await policyApply({ ...sessionOptions(options), approvedBy, json: asJson }, io));
    });
}

interface ApplyArguments extends SessionArguments {
  readonly approvedBy?: readonly string[];
  readonly json?: boolean;
}
