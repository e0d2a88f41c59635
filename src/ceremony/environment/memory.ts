import { notTold, type Verdict, type Wrong } from './checks.ts';
import type { Machine } from './machine.ts';
import { unescaped } from './mounts.ts';
import { shellWord } from './shell-word.ts';

/** ENV-SWAP: memory is written to no disk. */
export function swap({ read }: Machine): Verdict {
  const text = read('/proc/swaps');
  // The kernel writes the first line whether there is swap or not.
  if (text === undefined || !text.startsWith('Filename'))
    return { wrong: [notTold('/proc/swaps', 'whether memory is written to a disk')], pass: '' };
  const areas = text
    .split('\n')
    .slice(1)
    .flatMap((line) => unescaped(line.trim().split(/\s+/)[0]!) || []);
  const wrong = areas.map(
    (area): Wrong => ({
      text: `memory is swapped to ${area}; expected no swap: a PIN could come to lie there`,
      next: `run: swapoff ${shellWord(area)}`,
    }),
  );
  return { wrong, pass: 'no swap' };
}

/** Programs to which a core is given and that forget it. */
const FORGETTING = new Set(['|/bin/false', '|/usr/bin/false', '|/bin/true', '|/usr/bin/true']);

/** ENV-CORE: no memory of a process that fails is kept (core(5): a program behind a pipe or a socket gets it whatever the limit is). */
export function coreDumps({ read }: Machine): Verdict {
  const pattern = read('/proc/sys/kernel/core_pattern')?.trim();
  const limits = read('/proc/self/limits');
  const limit = limits === undefined ? undefined : /^Max core file size\s+(\S+)/m.exec(limits)?.[1];
  if (pattern === undefined)
    return { wrong: [notTold('/proc/sys/kernel/core_pattern', 'what becomes of the memory of a process that fails')], pass: '' };
  if (FORGETTING.has(pattern)) return { wrong: [], pass: `core dumps go to ${pattern.slice(1)}` };
  if (/^[|@]/.test(pattern))
    return {
      wrong: [
        {
          text: `core dumps go to a program: core_pattern is ${pattern}; expected none`,
          next: "run: sysctl -w kernel.core_pattern='|/bin/false'",
        },
      ],
      pass: '',
    };
  if (limit === undefined) return { wrong: [notTold('/proc/self/limits', 'how large a core dump may be')], pass: '' };
  if (limit === '0') return { wrong: [], pass: 'no core dumps' };
  return {
    wrong: [
      { text: `core dumps may have ${limit} octets; expected 0`, next: 'run: ulimit -c 0, in the shell from which coldsign is started' },
    ],
    pass: '',
  };
}
