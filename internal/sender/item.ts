import type { DeliveryKey, Message, Retry } from './ports.ts';
import type { Window } from './windows.ts';

/** A delivery on its way through an endpoint's line: from the lane, with its window, or from a retry. */
export interface Wanted extends DeliveryKey {
  readonly window: Window | undefined;
  readonly retry: Retry | undefined;
}

/** The same with its message: it can be sent. */
export interface Item extends Wanted {
  readonly message: Message;
}

/** What is to be sent later, or written down, waits by the hundreds, and needs no payloads. */
export function withoutMessage({ endpoint, unit, messageId, window, retry }: Item): Wanted {
  return { endpoint, unit, messageId, window, retry };
}
