/** A list with a cursor, of which a part is on the screen. Invariant: 0 <= cursor < max(1, count), top <= cursor < top + height. */
export interface ListState {
  readonly cursor: number;
  readonly top: number;
}

export const NEW_LIST: ListState = { cursor: 0, top: 0 };

/** The cursor moved, and the part that shows with it, by as little as possible. */
export function moveTo(list: ListState, cursor: number, count: number, height: number): ListState {
  const last = Math.max(0, count - 1);
  const at = Math.max(0, Math.min(last, Number.isFinite(cursor) ? Math.trunc(cursor) : 0));
  const room = Math.max(1, height);
  const top = Math.max(0, Math.min(Math.max(list.top, at - room + 1), at, Math.max(0, count - room)));
  return { cursor: at, top };
}

export type ListMessage =
  | { readonly kind: 'cursor'; readonly by: number }
  | { readonly kind: 'page'; readonly by: number }
  | { readonly kind: 'edge'; readonly to: 'first' | 'last' };

export function moveBy(list: ListState, message: ListMessage, count: number, height: number): ListState {
  switch (message.kind) {
    case 'cursor':
      return moveTo(list, list.cursor + message.by, count, height);
    case 'page':
      return moveTo(list, list.cursor + message.by * Math.max(1, height - 1), count, height);
    case 'edge':
      return moveTo(list, message.to === 'first' ? 0 : count - 1, count, height);
    default:
      return message satisfies never;
  }
}

/** A text that is longer than the screen: there the cursor is the first line that shows. */
export function scrollBy(top: number, message: ListMessage, count: number, height: number): number {
  const last = Math.max(0, count - Math.max(1, height));
  const wanted =
    message.kind === 'edge'
      ? message.to === 'first'
        ? 0
        : last
      : top + message.by * (message.kind === 'page' ? Math.max(1, height - 1) : 1);
  return Math.max(0, Math.min(last, wanted));
}
