import type { Act, Answer, DataSource, Request } from './data.ts';
import type { Effect, Message } from './messages.ts';
import type { Model } from './model.ts';
import { update } from './update.ts';

/** What the program gives the screens; they have nothing else. */
export interface Outside {
  readonly data: DataSource;
  /** Unix seconds. */
  now(): number;
  /** Runs a command while the terminal is the plain one. @returns its exit status */
  run(act: Act): Promise<number>;
  /** In words, with what to do next. */
  explain(error: unknown): string;
  /** Told about once a second. @returns what ends it */
  every(tell: () => void): () => void;
  /** Told when the program is to end. @returns what takes that back */
  onEnd(end: () => void): () => void;
}

/** What the desk does on the terminal. */
export interface Hands {
  show(model: Model): void;
  exit(): void;
  suspend(during: () => Promise<void>): Promise<void>;
}

/** Where messages come in and effects are carried out. */
export interface Desk {
  tell(message: Message): void;
  carryOut(effects: readonly Effect[]): void;
  /** What time it is, and whether the log has grown. */
  look(): void;
  stop(): void;
  end(): void;
}

interface Work extends AbortController {
  readonly request: Request;
  isWantedAgain: boolean;
}

/**
 * Holds the model: messages in, effects carried out through the functions that were given. Of two requests of one kind the later one counts.
 */
export function makeDesk(outside: Outside, first: Model, { show, exit, suspend }: Hands): Desk {
  let model = first;
  let isSuspended = false;
  const jobs = new Map<Request['of'], Work>();

  const tell = (message: Message): void => {
    const [next, effects] = update(model, message);
    if (next !== model) {
      model = next;
      show(model);
    }
    carryOut(effects);
  };
  const carryOut = (effects: readonly Effect[]): void => {
    for (const effect of effects) one(effect);
  };
  const one = (effect: Effect): void => {
    switch (effect.kind) {
      case 'load':
        void load(effect.request);
        break;
      case 'stop':
        stop();
        break;
      case 'run':
        void run(effect.act);
        break;
      case 'refresh':
        look();
        break;
      case 'quit':
        end();
        break;
      default:
        effect satisfies never;
    }
  };
  const load = async (request: Request): Promise<void> => {
    const running = jobs.get(request.of);
    // What is asked for again and again, while the log grows, must come to an end sometime.
    if (running !== undefined && !running.signal.aborted && JSON.stringify(running.request) === JSON.stringify(request)) {
      running.isWantedAgain = true;
      return;
    }
    running?.abort();
    const job: Work = Object.assign(new AbortController(), { request, isWantedAgain: false });
    jobs.set(request.of, job);
    const isCurrent = (): boolean => jobs.get(request.of) === job && !job.signal.aborted;
    try {
      const answer: Answer = await outside.data.load(request, outside.now(), {
        progress: (progress) => {
          if (isCurrent()) tell({ kind: 'progress', of: request.of, progress });
        },
        partly: (part) => {
          if (isCurrent()) tell({ kind: 'answer', answer: part });
        },
        signal: job.signal,
      });
      if (isCurrent()) tell({ kind: 'answer', answer });
    } catch (error) {
      if (isCurrent()) tell({ kind: 'failed', of: request.of, text: outside.explain(error) });
      else if (jobs.get(request.of) === job) tell({ kind: 'stopped', of: request.of });
    } finally {
      if (jobs.get(request.of) === job) jobs.delete(request.of);
    }
    if (job.isWantedAgain && !job.signal.aborted && !jobs.has(request.of)) await load(request);
  };
  const stop = (): void => {
    for (const job of jobs.values()) job.abort();
  };
  const run = async (act: Act): Promise<void> => {
    let status = 70;
    let failure: string | undefined;
    isSuspended = true;
    try {
      await suspend(async () => {
        status = await outside.run(act);
      });
    } catch (error) {
      failure = outside.explain(error);
    } finally {
      isSuspended = false;
    }
    refreshed();
    tell({ kind: 'ended', act, status, summary: outside.data.summary() });
    if (failure !== undefined) tell({ kind: 'failed', of: 'zones', text: failure });
  };
  const refreshed = (): boolean => {
    try {
      return outside.data.refresh();
    } catch (error) {
      tell({ kind: 'failed', of: 'zones', text: outside.explain(error) });
      return false;
    }
  };
  const look = (): void => {
    if (isSuspended) return;
    tell({ kind: 'tick', now: outside.now() });
    if (refreshed()) tell({ kind: 'grown', summary: outside.data.summary() });
  };
  const end = (): void => {
    stop();
    exit();
  };
  return { tell, carryOut, look, stop, end };
}
