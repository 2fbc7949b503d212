/** How the receiver treats the requests of a group of endpoints. */
export type Behaviour =
  | 'ok'
  /** Never answers. */
  | 'hang'
  /** Answers 500 at once. */
  | 'refuse'
  /** Answers 500 after a second. */
  | 'slow'
  /** Answers 200 for some seconds, then 500 for as long, and so on. */
  | 'alternate'
  /** Answers 500 to every tenth request. */
  | 'sometimes';

/** What a group has received. Times are milliseconds since 1970. */
export interface GroupState {
  readonly requests: number;
  /** Messages that were accepted, each counted once. */
  readonly accepted: number;
  /** When the first and the last of these were accepted; 0 before. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export type ReceiverCommand =
  /** Forgets all groups. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'behave'; readonly group: string; readonly behaviour: Behaviour }
  /** Tells at once when the group has accepted this many messages, for each of these numbers, which ascend. */
  | { readonly kind: 'watch'; readonly group: string; readonly accepted: readonly number[] }
  | { readonly kind: 'state'; readonly group: string }
  /** Returns how many connections were opened since all groups were forgotten. */
  | { readonly kind: 'connections' }
  /** Returns the id of each accepted message and when it came. */
  | { readonly kind: 'arrivals'; readonly group: string };

/** What the receiver says: its ports once, an answer to each command in turn, and that a watched number was reached. */
export type ReceiverSays =
  | { readonly kind: 'ports'; readonly http: readonly number[]; readonly https: number }
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'reached'; readonly group: string; readonly accepted: number; readonly atMs: number };
