/** What is looked at before a ceremony, with what a finding does where coldsign.yaml says nothing. Stable; docs/ceremony-scripts.md explains each. */
export const ENVIRONMENT_CHECKS = {
  'ENV-INTERFACE': 'block',
  'ENV-HSM-LINK': 'block',
  'ENV-ROUTE': 'block',
  'ENV-WIRELESS': 'block',
  'ENV-SWAP': 'block',
  'ENV-CORE': 'block',
  'ENV-CLOCK': 'block',
  'ENV-CLOCK-EARLY': 'block',
  'ENV-PROGRAM': 'block',
  'ENV-MODULE': 'block',
  'ENV-MEDIA': 'warn',
  'ENV-USB': 'block',
  'ENV-SESSIONS': 'warn',
  'ENV-PERSISTENCE': 'warn',
} as const satisfies Readonly<Record<string, Consequence>>;

export type EnvironmentId = keyof typeof ENVIRONMENT_CHECKS;
export const ENVIRONMENT_IDS = Object.keys(ENVIRONMENT_CHECKS) as readonly EnvironmentId[];

/** What each is about, on one line. */
export const ENVIRONMENT_TITLES: Readonly<Record<EnvironmentId, string>> = {
  'ENV-INTERFACE': 'No network interface is up, or has a carrier, but the loopback and hsm-link.',
  'ENV-HSM-LINK': 'By hsm-link one peer is reached: networks of four addresses at most, no gateway.',
  'ENV-ROUTE': 'There is no default route, and no other gateway.',
  'ENV-WIRELESS': 'There is no radio: wireless network, Bluetooth, mobile network, near field.',
  'ENV-SWAP': 'Memory is swapped to no disk.',
  'ENV-CORE': 'No core dumps.',
  'ENV-CLOCK': 'The clock is that of the witness, within clock-tolerance.',
  'ENV-CLOCK-EARLY': 'The clock is not earlier than the program and the last entry of the log.',
  'ENV-PROGRAM': 'The program is the one that `program` pins.',
  'ENV-MODULE': 'The PKCS#11 modules are those that `modules` pins.',
  'ENV-MEDIA': 'Media are mounted ro, nodev, nosuid, noexec; the one with the workspace may be written.',
  'ENV-USB': 'No USB device was connected since the ceremony began.',
  'ENV-SESSIONS': 'One session is open, at the machine itself.',
  'ENV-PERSISTENCE': 'Nothing stays on the machine but the workspace.',
};

export const CONSEQUENCES = ['block', 'warn', 'off'] as const;
/** block: the step fails. warn: people are told. off: it is not looked at. */
export type Consequence = (typeof CONSEQUENCES)[number];

/** One thing about the machine: as it is to be, or not. */
export interface EnvironmentFinding {
  readonly id: EnvironmentId;
  readonly severity: 'block' | 'warn' | 'pass';
  /** What was found, and what was expected. */
  readonly text: string;
  /** What to do about it; empty where it is as it is to be. */
  readonly next: string;
}

/** What a check has seen; nothing that is wrong: it is as it is to be. */
export interface Verdict {
  readonly wrong: readonly Wrong[];
  /** What is told where nothing is wrong. */
  readonly pass: string;
}

export interface Wrong {
  readonly text: string;
  readonly next: string;
  /** Nobody has said what it is to be: it stops nothing. */
  readonly onlyWarns?: boolean;
}

/** Where the machine does not tell, nothing is known to be right. */
export const notTold = (path: string, what: string): Wrong => ({
  text: `${path} cannot be read, so it is not known ${what}`,
  next: 'look at the machine by other means, or use one that tells',
});
