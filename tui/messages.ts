import type { Act, Answer, Request, Summary } from './data.ts';
import type { Size } from './models/screen.ts';
import type { Progress } from './progress.ts';

/** What happens to the model. */
export type Message =
  /** A key by its name (see keymap.ts), or text that was pasted. */
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'resize'; readonly size: Size }
  | { readonly kind: 'tick'; readonly now: number }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'progress'; readonly of: Request['of']; readonly progress: Progress }
  | { readonly kind: 'stopped'; readonly of: Request['of'] }
  | { readonly kind: 'failed'; readonly of: Request['of']; readonly text: string }
  /** The log has grown. */
  | { readonly kind: 'grown'; readonly summary: Summary }
  | { readonly kind: 'ended'; readonly act: Act; readonly status: number; readonly summary: Summary };

/** What is to be done outside of the model. */
export type Effect =
  | { readonly kind: 'load'; readonly request: Request }
  /** All work under way ends; what waits for it is told `stopped`. */
  | { readonly kind: 'stop' }
  /** On the plain terminal, where PINs can be typed. */
  | { readonly kind: 'run'; readonly act: Act }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'quit' };
