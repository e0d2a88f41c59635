import { plain } from '../../audit/describe.ts';
import type { EntryData, Mode } from '../../audit/entry.ts';
import type { CeremonyPolicy } from '../../config/config.ts';
import type { EnvironmentFinding, EnvironmentId, Verdict } from './checks.ts';
import { type ClockBounds, type ClockReadings, earlyClock, witnessedClock } from './clock.ts';
import type { Machine } from './machine.ts';
import { media, persistence } from './media.ts';
import { coreDumps, swap } from './memory.ts';
import { defaultRoutes, hsmLinkRoutes, interfaces, radios } from './network.ts';
import { sessions } from './sessions.ts';
import { modules, program } from './software.ts';
import { usb } from './usb.ts';

/** What the machine is held against. */
export interface Expectation extends ClockBounds {
  readonly policy: CeremonyPolicy;
  /** In practice nothing blocks: rehearsals are held on machines of every day, and must show what would block. */
  readonly mode: Mode;
  /** sha256 over the files of the program that runs, hexadecimal. */
  readonly program: string;
  /** Paths of the PKCS#11 modules that the workspace uses. */
  readonly modules: readonly string[];
  /** Absolute path of the workspace. */
  readonly workspace: string;
  /** List of USB devices that was taken when the ceremony began, see usbDevices. */
  readonly usbBefore?: readonly string[];
  /** Where the witness has told the time. */
  readonly witness?: ClockReadings;
}

/** The machine, as it is → one finding or more for each check that is not switched off, in the order of the list of checks. */
export function checkEnvironment(machine: Machine, expected: Expectation): readonly EnvironmentFinding[] {
  const { policy, witness } = expected;
  const { hsmLink } = policy;
  const verdicts: readonly [EnvironmentId, () => Verdict][] = [
    ['ENV-INTERFACE', () => interfaces(machine, hsmLink)],
    ['ENV-HSM-LINK', () => hsmLinkRoutes(machine, hsmLink)],
    ['ENV-ROUTE', () => defaultRoutes(machine, hsmLink)],
    ['ENV-WIRELESS', () => radios(machine)],
    ['ENV-SWAP', () => swap(machine)],
    ['ENV-CORE', () => coreDumps(machine)],
    ...(witness === undefined ? [] : [['ENV-CLOCK', () => witnessedClock(witness)] satisfies [EnvironmentId, () => Verdict]]),
    ['ENV-CLOCK-EARLY', () => earlyClock(expected)],
    ['ENV-PROGRAM', () => program(expected.program, policy.program)],
    ['ENV-MODULE', () => modules(machine, expected.modules, policy.modules)],
    ['ENV-MEDIA', () => media(machine, expected.workspace)],
    ['ENV-USB', () => usb(machine, expected.usbBefore)],
    ['ENV-SESSIONS', () => sessions(machine)],
    ['ENV-PERSISTENCE', () => persistence(machine, expected.workspace)],
  ];
  return verdicts.flatMap(([id, look]) => (policy.checks[id] === 'off' ? [] : findingsOf(id, look(), expected)));
}

/** An entry of the log has room for that many of one kind, and for so long a text. */
const LOGGED_OF_A_KIND = 3;
const LOGGED_TEXT = 300;

/** As the log has them: what to do stands with what was found, where there is room for it. */
export function loggedFindings(findings: readonly EnvironmentFinding[]): EntryData['env.checked']['findings'] {
  return Map.groupBy(findings, ({ id }) => id)
    .values()
    .toArray()
    .flatMap((all) => {
      const [{ id, severity }, more] = [all[0]!, all.length - LOGGED_OF_A_KIND];
      const logged = all.slice(0, LOGGED_OF_A_KIND).map((one) => ({ id, severity: one.severity, text: loggedText(one) }));
      return more <= 0 ? logged : [...logged, { id, severity, text: `and ${more} more like these` }];
    });
}

function loggedText({ text, next }: EnvironmentFinding): string {
  const whole = next === '' ? text : `${text}; next: ${next}`;
  return whole.length <= LOGGED_TEXT ? whole : text.slice(0, LOGGED_TEXT);
}

/** Names that devices, media and users give themselves are in it: they cannot move a terminal, nor hide in a page. */
function findingsOf(id: EnvironmentId, { wrong, pass }: Verdict, { policy, mode }: Expectation): EnvironmentFinding[] {
  if (wrong.length === 0) return [{ id, severity: 'pass', text: plain(pass), next: '' }];
  const blocks = policy.checks[id] === 'block' && mode === 'production';
  return wrong.map(({ text, next, onlyWarns = false }) => ({
    id,
    severity: blocks && !onlyWarns ? 'block' : 'warn',
    text: plain(text),
    next: plain(next),
  }));
}
