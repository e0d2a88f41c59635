/** Status of a shell for a program that was interrupted. */
export const INTERRUPTED = 130;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** For work that must put something away before it ends: the first interruption aborts the signal, a second one ends the program, as ever. */
export function onInterrupt(tell: () => void): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const forget = (): void => {
    for (const name of SIGNALS) process.off(name, stop);
  };
  const stop = (): void => {
    forget();
    tell();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return { signal: controller.signal, [Symbol.dispose]: forget };
}
