/** A POST request. */
export interface WireRequest {
  readonly url: string;
  /** Names in lower case, values as they are sent; without content-length and host. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** For everything: looking up the name, connecting, sending, and the response headers. */
  readonly timeoutMs: number;
}

/** Why there was no response. `blocked_address`: the name leads to an address that must not be dialled. */
export type WireFailure =
  | 'timeout'
  | 'dns'
  | 'blocked_address'
  | 'connect'
  | 'tls'
  | 'reset'
  | 'protocol'
  | 'bad_url'
  | 'stopped';

export type WireAnswer =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly retryAfter: string | undefined;
      readonly location: string | undefined;
      /** The beginning of the body, read only when the status is not 2xx; at most 1 kB of text that PostgreSQL can store. */
      readonly text: string | undefined;
    }
  | { readonly kind: 'failure'; readonly failure: WireFailure; readonly message: string };

/** The way to the endpoints. */
export interface Wire {
  /**
   * Sends the request once (once more on a new connection if a reused one broke before any byte of a response came), follows
   * no redirect, and never rejects. `stopped` when the signal aborts.
   */
  post(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
}
