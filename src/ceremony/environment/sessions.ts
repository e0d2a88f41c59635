import { notTold, type Verdict, type Wrong } from './checks.ts';
import type { Machine } from './machine.ts';

const SESSIONS = '/run/systemd/sessions';

/** ENV-SESSIONS: one person is logged in, at this machine. */
export function sessions({ read, list }: Machine): Verdict {
  const names = list(SESSIONS);
  if (names === undefined)
    return {
      wrong: [
        {
          text: `${SESSIONS} is not there, so it is not known who is logged in`,
          next: 'look by other means (who, ps), and switch the other consoles off',
          onlyWarns: true,
        },
      ],
      pass: '',
    };
  const ids = names.filter((name) => /^[A-Za-z0-9]+$/.test(name));
  const files = ids.map((name) => ({ name, text: read(`${SESSIONS}/${name}`) }));
  const open = files
    .flatMap(({ name, text }) =>
      text === undefined ? [] : [{ name, ...Object.fromEntries(membersOf(text)) } as Readonly<Record<string, string>>],
    )
    // What logind needs for itself, and sessions that are over.
    .filter((session) => /^user/.test(session['CLASS'] ?? 'user') && session['STATE'] !== 'closing');
  const told = open.map(
    (one) => `${one['USER'] ?? one['UID'] ?? 'somebody'} at ${one['TTY'] ?? one['REMOTE_HOST'] ?? one['SEAT'] ?? `session ${one['name']}`}`,
  );
  const remote = open.filter((one) => one['REMOTE'] === '1');
  const wrong: Wrong[] = files.flatMap(({ name, text }) => (text === undefined ? [notTold(`${SESSIONS}/${name}`, 'who that is')] : []));
  if (open.length > 1)
    wrong.push({
      text: `${open.length} sessions are open: ${told.join(', ')}; expected one`,
      next: 'close the others: loginctl terminate-session ID',
    });
  if (remote.length > 0)
    wrong.push({
      text: `${remote.length} sessions are open from another machine; expected none`,
      next: 'close them, and switch the service off',
    });
  return { wrong, pass: `${open.length} sessions are open: ${told.join(', ') || 'none'}` };
}

/** Lines `NAME=VALUE`; the others are comments. */
const membersOf = (text: string): [string, string][] =>
  text.split('\n').flatMap((line): [string, string][] => {
    const at = line.indexOf('=');
    return at <= 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
