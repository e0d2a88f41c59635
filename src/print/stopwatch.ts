/** Wall time by phase, for reports. */
export class Stopwatch {
  readonly #start = performance.now();
  readonly #phases = new Map<string, number>();

  time<T>(phase: string, action: () => T): T {
    const start = performance.now();
    try {
      return action();
    } finally {
      this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + performance.now() - start);
    }
  }

  async wait<T>(phase: string, promise: Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await promise;
    } finally {
      this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + performance.now() - start);
    }
  }

  /** Seconds by phase, with `total`, to the millisecond. */
  seconds(): Record<string, number> {
    const rounded = (ms: number): number => Math.round(ms) / 1000;
    return {
      ...Object.fromEntries([...this.#phases].map(([name, ms]) => [name, rounded(ms)])),
      total: rounded(performance.now() - this.#start),
    };
  }
}
