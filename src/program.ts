import { Command } from 'commander';
import type { Io } from './io.ts';
import { auditCommands } from './program/audit.ts';
import { ceremonyCommands, type Run } from './program/ceremony.ts';
import { checkdsCommands, dsCommands } from './program/ds.ts';
import { evidenceCommands } from './program/evidence.ts';
import { keyCommands } from './program/key.ts';
import type { SetStatus } from './program/options.ts';
import { personCommands } from './program/person.ts';
import { addLoginOptions, pinCommands } from './program/pin.ts';
import { planCommands } from './program/plan.ts';
import { policyCommands } from './program/policy.ts';
import { releaseCommands } from './program/release.ts';
import { workspaceReleaseCommands } from './program/release-workspace.ts';
import { rollCommands } from './program/roll.ts';
import { tokenCommands } from './program/token.ts';
import { tuiCommand } from './program/tui.ts';
import { workspaceCommands } from './program/workspace.ts';
import { zoneCommands } from './program/zone.ts';
import { VERSION } from './version.ts';

/** All commands; each loads its code when it runs, so that --help costs no more than the runtime. */
export function makeProgram(io: Io, setStatus: SetStatus, run: Run = notRun): Command {
  const program = new Command('coldsign')
    .description('Signs DNS zones on a machine without a network, with keys that never leave a PKCS#11 token.')
    .version(VERSION)
    .configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) })
    .exitOverride()
    .showHelpAfterError('(--help lists the options)');
  workspaceCommands(program, io, setStatus);
  policyCommands(program.command('policy').description('policies: what they mean, whether they can work, taking effect'), io, setStatus);
  zoneCommands(program.command('zone').description('zones: of the workspace, and zone files'), io, setStatus);
  keyCommands(program.command('key').description('keys in a token'), io, setStatus);
  rollCommands(program.command('roll').description('rollovers: begin, advance, look at them'), io, setStatus);
  dsCommands(program.command('ds').description('the DS at the parent: handed in, seen, and what it is to be'), io, setStatus);
  checkdsCommands(program.command('checkds').description('ds seen and ds gone under the words of BIND'), io, setStatus);
  evidenceCommands(program.command('evidence').description('what was seen of zones and their parents'), io, setStatus);
  planCommands(program.command('plan').description('what is to be done for zones, and when'), io, setStatus);
  const ceremony = program.command('ceremony').description('ceremonies: scripts, people, steps, and what came of them');
  ceremonyCommands(program, ceremony, run, io, setStatus);
  auditCommands(program.command('audit').description('the log: entries, checkpoints, witnesses, exports'), io, setStatus);
  const release = program.command('release').description('releases: made here, verified and applied on the connected side');
  releaseCommands(release, io, setStatus);
  workspaceReleaseCommands(release, io, setStatus);
  tuiCommand(program, io, setStatus);
  tokenCommands(program.command('token').description('PKCS#11 tokens'), io, setStatus);
  pinCommands(program.command('pin').description('PINs in shares: any k of n holders together log in'), io, setStatus);
  addLoginOptions(allCommands(program));
  personCommands(program.command('person').description('people of ceremonies, and the keys by which they agree'), io, setStatus);
  for (const command of allCommands(program)) command.exitOverride().configureOutput(program.configureOutput());
  return program;
}

/** A program that is only looked at, for what its commands take. */
const notRun: Run = () => {
  throw new RangeError('this program runs no commands');
};

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child as Command, ...allCommands(child as Command)]);
}
