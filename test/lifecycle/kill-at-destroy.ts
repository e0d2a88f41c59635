/** Loaded with --import before the program: ends it with SIGKILL at the request that destroys a key, before it is sent or when it was answered. */
import childProcess, { type ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const step = process.env['KILL_AT_DESTROY'];
const { fork } = childProcess;

Object.assign(childProcess, {
  fork(...args: Parameters<typeof fork>): ChildProcess {
    const child = fork(...args);
    const send = child.send.bind(child) as (message: unknown, ...rest: unknown[]) => boolean;
    return Object.assign(child, {
      send(message: { readonly kind?: string }, ...rest: unknown[]): boolean {
        if (message.kind !== 'destroy-pair') return send(message, ...rest);
        if (step === 'before') process.kill(process.pid, 'SIGKILL');
        // Ahead of whoever waits for the answer.
        child.prependOnceListener('message', () => process.kill(process.pid, 'SIGKILL'));
        return send(message, ...rest);
      },
    });
  },
});
syncBuiltinESMExports();
