import type { TokenFlag } from './facts.ts';
import type { TokenRule } from './rules.ts';

/** Serial numbers that more than one token has: none, zeros, one digit over and over, the 123 of software tokens. */
const COMMON_SERIAL = /^(?:(.)\1*|123|1234|)$/;
const CLOCK_SECONDS = 60;
/** As many processes sign side by side on a machine with cores enough. */
const FEW_SESSIONS = 4;

const flagRule = (id: string, severity: TokenRule['severity'], flag: TokenFlag, text: string, next: string): TokenRule => ({
  id,
  severity,
  judge: ({ facts }) => (facts.flags.includes(flag) ? { text, next } : undefined),
});

const MIND_SO = 'find out who tried, and unblock it with the vendor tool: without it no user PIN can be set anew';

/** What module and token tell without a login. */
export const tellingRules: readonly TokenRule[] = [
  {
    id: 'TOKEN-SPY',
    severity: 'error',
    judge: ({ module }) =>
      module.kind === 'spy'
        ? { text: `${module.path} writes every call to a log, PINs in clear among them`, next: 'name the module of the token itself' }
        : undefined,
  },
  {
    id: 'TOKEN-FORWARDING',
    severity: 'info',
    judge: ({ module }) =>
      module.kind === 'forwarding'
        ? {
            text: `${module.path} passes the calls on to another module, which may leave mechanisms out and lose the connection`,
            next: 'name the module of the token itself where it runs on this machine',
          }
        : undefined,
  },
  {
    id: 'TOKEN-SYMBOLS',
    severity: 'info',
    judge: ({ module: { binding } }) => {
      const node = binding.kind === 'bound' ? binding.to.find(({ isNode }) => isNode) : undefined;
      if (node === undefined) return undefined;
      return {
        text: `${node.functions} OpenSSL functions of the module are answered by the OpenSSL inside of Node, not by the libcrypto that it was built for`,
        next: 'nothing, while the signatures of this examination verify; examine the token again after each change of Node or the module',
      };
    },
  },
  {
    id: 'TOKEN-SOFTWARE',
    severity: 'info',
    judge: ({ facts }) =>
      facts.slot.isHardware
        ? undefined
        : {
            text: 'the slot does not claim to be a device: its keys may be files on this machine',
            next: 'use a device for keys that matter',
          },
  },
  {
    id: 'TOKEN-SERIAL',
    severity: 'warning',
    judge: ({ facts: { token } }) =>
      COMMON_SERIAL.test(token.serial)
        ? {
            text: `the serial number "${token.serial}" is no identity: other tokens have it too`,
            next: 'give every token a label of its own, and name both in the URI',
          }
        : undefined,
  },
  {
    id: 'TOKEN-PIN-LOCKED',
    severity: 'error',
    judge: ({ facts }) =>
      facts.token.userPin === 'locked'
        ? { text: 'the user PIN is locked', next: 'have it unblocked with the SO PIN, and find out who entered wrong PINs' }
        : undefined,
  },
  {
    id: 'TOKEN-PIN-FINAL-TRY',
    severity: 'error',
    judge: ({ facts }) =>
      facts.token.userPin === 'final-try'
        ? { text: 'one try is left for the user PIN', next: 'enter it correctly with the vendor tool, and find out who entered wrong PINs' }
        : undefined,
  },
  {
    id: 'TOKEN-PIN-COUNT-LOW',
    severity: 'warning',
    judge: ({ facts }) =>
      facts.token.userPin === 'count-low'
        ? {
            text: 'a wrong user PIN was entered since the last good one',
            next: 'find out who did; a login with the right PIN clears the counter',
          }
        : undefined,
  },
  {
    id: 'TOKEN-NO-PIN',
    severity: 'error',
    judge: ({ facts }) =>
      facts.token.userPinInitialized
        ? undefined
        : { text: 'the token has no user PIN', next: 'set it with the SO PIN and the vendor tool' },
  },
  flagRule('TOKEN-PIN-TO-CHANGE', 'warning', 'user PIN to be changed', 'the user PIN is still the one of the maker', 'change it first'),
  flagRule('TOKEN-SO-PIN', 'warning', 'SO PIN locked', 'the SO PIN is locked', MIND_SO),
  flagRule('TOKEN-SO-PIN-FINAL-TRY', 'warning', 'one try left for the SO PIN', 'one try is left for the SO PIN', MIND_SO),
  {
    id: 'TOKEN-NO-LOGIN',
    severity: 'warning',
    judge: ({ facts }) =>
      facts.token.loginRequired
        ? undefined
        : {
            text: 'the token asks for no login: whoever reaches it signs',
            next: 'switch the login on, or guard the machine as you would the PIN',
          },
  },
  flagRule(
    'TOKEN-WRITE-PROTECTED',
    'warning',
    'write-protected',
    'the token is write-protected: it makes and destroys no keys',
    'take the protection off for ceremonies that make or destroy keys',
  ),
  flagRule(
    'TOKEN-ERROR-STATE',
    'error',
    'in error state',
    'the token reports that it failed a self-test',
    'take it out of service; see its manual',
  ),
  flagRule(
    'TOKEN-PROTECTED-PATH',
    'error',
    'protected authentication path',
    'the token takes its PIN on a device of its own, and coldsign can only pass one on: it cannot log in',
    'switch the PIN pad off in the settings of the module, or use another token',
  ),
  {
    id: 'TOKEN-NO-PIN-PAD',
    severity: 'info',
    judge: ({ facts }) =>
      facts.flags.includes('protected authentication path')
        ? undefined
        : {
            text: 'the token has no protected authentication path: the PIN passes through the memory of this machine',
            next: 'use a machine without a network for ceremonies, and split the PIN where the token knows no quorum',
          },
  },
  {
    id: 'TOKEN-CLOCK',
    severity: 'warning',
    judge: ({ facts: { clock }, now }) => {
      if (clock === undefined || Math.abs(clock - now) <= CLOCK_SECONDS) return undefined;
      const time = (at: number): string => new Date(at * 1000).toISOString().replace(/\.\d+/, '');
      return {
        text: `the clock of the token shows ${time(clock)}, that of this machine ${time(now)}`,
        next: 'set the one that is wrong; signatures take their times from the machine',
      };
    },
  },
  {
    id: 'TOKEN-FEW-SESSIONS',
    severity: 'warning',
    judge: ({ facts, trials }) => {
      const told = [facts.sessions.max, facts.sessions.maxReadWrite].filter((limit) => typeof limit === 'number');
      // Beside those that were opened there are the two of the examination itself, or one.
      const opened = trials?.abilities.sessions.stopped === undefined ? [] : [trials.abilities.sessions.opened + 2];
      const least = Math.min(...told, ...opened);
      if (least >= 2 * FEW_SESSIONS) return undefined;
      return {
        text: `the token has no more than ${least} sessions, and a signing process takes two where it can`,
        next: `sign with --threads ${Math.max(1, Math.floor(least / 2))}, and close other programs that use the token`,
      };
    },
  },
];
