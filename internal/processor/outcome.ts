import type { Refusal } from '../event/rejection.ts';
import type { StoreError } from './ports.ts';

/**
 * The outcome of one event.
 * - `stored`, `duplicate`: the row with that id is committed;
 * - `rejected`: it is kept as a rejection, or is to be kept as one before anything else is done about it;
 * - `blocked`: nothing is written, because it waits for a lock that another session holds, `row` being the locked row of
 *   the registry, as far as known;
 * - `released`: nothing is known to be written; SQS will redeliver it.
 */
export type Outcome =
  | { readonly kind: 'stored' | 'duplicate'; readonly messageId: string }
  | { readonly kind: 'rejected'; readonly refusal: Refusal }
  | { readonly kind: 'blocked'; readonly error: StoreError; readonly row: string | undefined }
  | { readonly kind: 'released' };

/** The final outcome of an event. */
export type FinalOutcome = Exclude<Outcome, { kind: 'blocked' }>;

export const RELEASED: FinalOutcome = { kind: 'released' };
