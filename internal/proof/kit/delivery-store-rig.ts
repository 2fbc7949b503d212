import type {
  AttemptFact,
  DeadDelivery,
  DeliveryStore,
  Endpoint,
  Message,
  Results,
} from '../../sender/ports.ts';

/** A storing transaction that is not committed yet. */
export interface StoringTransaction {
  /** Returns the ids, in order. */
  add(...messages: readonly Partial<Message>[]): Promise<string[]>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * A delivery store for its contract suite, with access to data outside the port. The tenant `default` has the clients
 * `client-1` and `client-2`, which have endpoints or will get some; nothing else is there.
 */
export interface DeliveryStoreRig extends AsyncDisposable {
  readonly store: DeliveryStore;
  /** Adds an endpoint of client-1 unless another is named. Returns its number. */
  addEndpoint(given?: Partial<Endpoint>): Promise<number>;
  /** Changes its URL. */
  changeEndpoint(number: number, url: string): Promise<void>;
  removeEndpoint(number: number): Promise<void>;
  begin(): Promise<StoringTransaction>;
  /** Ends the lease of a process, and what says that it is alive, as if it had not been heard of. */
  expire(owner: string): Promise<void>;
  facts(): Promise<AttemptFact[]>;
  dead(): Promise<DeadDelivery[]>;
}

/** Stores messages in one transaction. Returns their ids, in order. */
export async function addMessages(
  rig: DeliveryStoreRig,
  ...messages: readonly Partial<Message>[]
): Promise<string[]> {
  const transaction = await rig.begin();
  const ids = await transaction.add(...messages);
  await transaction.commit();
  return ids;
}

export const NOTHING: Results = {
  facts: [],
  held: [],
  retries: [],
  settled: [],
  dead: [],
  marks: [],
  disabled: [],
};
