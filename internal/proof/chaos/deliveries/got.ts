import type { DeliveryLine } from '../../../load/receivers/delivery-ledger.ts';

/**
 * What a receiver did with a request. `pending`: nothing so far; `gone`: the sender closed the connection first; `lost`: it
 * took the message, but its answer did not go out.
 */
export type Did = number | 'pending' | 'hang' | 'reset' | 'gone' | 'lost';

/** A request that came to a receiver. Times by the receiver's clock, in milliseconds since 1970. */
export interface Got extends Pick<DeliveryLine, 'order' | 'digest'> {
  /** `<tenant>/<endpoint>`, from the path. */
  readonly endpoint: string;
  /** As it was requested: path and query, and the header Host. */
  readonly url: string;
  readonly host: string;
  /** The header webhook-id. */
  readonly message: string | null;
  readonly arrivedMs: number;
  /** Requests for the message at this endpoint that had no answer yet, this one included. */
  readonly open: number;
  /** Whether each secret that had to sign it has done so. */
  readonly signed: boolean;
  /** The body, and the CloudEvent's id from it or from a header; kept for the first request of each digest. */
  readonly content: { readonly body: string; readonly event: string | null } | undefined;
  status: Did;
  /** When it was answered, or its connection was gone. */
  endedMs: number | undefined;
}

/** Whether the receiver has the message, and the sender may know it. */
export function isDelivered({ status }: Pick<Got, 'status'>): boolean {
  return typeof status === 'number' && status >= 200 && status < 300;
}
