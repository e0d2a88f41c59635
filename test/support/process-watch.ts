import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Watched } from './process-watch-worker.ts';
import type { SecretScan, Sighting } from './secret-scan.ts';

export interface WatchResult {
  /** How often all processes were looked at. */
  readonly passes: number;
  readonly processes: readonly Watched[];
}

/** Looks at the arguments, the environment and the limits of everything that this process starts, while `use` runs. */
export async function watchProcesses(use: () => Promise<void>): Promise<WatchResult> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./process-watch-worker.ts', import.meta.url), {
    workerData: { root: process.pid, stop },
    execArgv: [],
  });
  const result = once(worker, 'message') as Promise<[WatchResult]>;
  await once(worker, 'online');
  try {
    await use();
  } finally {
    Atomics.store(stop, 0, 1);
    Atomics.notify(stop, 0);
  }
  const [watched] = await result;
  await worker.terminate();
  return watched;
}

/** Secrets in arguments or environment of a process. */
export function sightingsIn(scan: SecretScan, { processes }: WatchResult): readonly Sighting[] {
  return processes.flatMap(({ pid, commands, environments }) => [
    ...commands.flatMap((command) => scan.text(`arguments of process ${pid} (${command.split('\0').slice(0, 3).join(' ')})`, command)),
    ...environments.flatMap((octets) =>
      scan.octets(`environment of process ${pid} (${commands[0]?.split('\0').slice(0, 3).join(' ')})`, Buffer.from(octets)),
    ),
  ]);
}
