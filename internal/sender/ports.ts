/** A transaction id of PostgreSQL (xid8): lanes are read in the order of these. */
export type Position = bigint;

/** How requests are built. */
export type Format = 'structured' | 'binary' | 'payload';

/** `hmac` signs as v1 of Standard Webhooks, `ed25519` as v1a. */
export interface SigningSecret {
  readonly kind: 'hmac' | 'ed25519';
  /** The decoded bytes: 24 to 64 of an HMAC secret; the 32 bytes of the seed of an Ed25519 key. */
  readonly key: Buffer;
  /** In milliseconds since 1970; undefined for the current one. */
  readonly expiresAtMs: number | undefined;
}

/** An endpoint as it is set now. */
export interface Endpoint {
  /** Names it in the store; `number % SHARDS` is its shard. */
  readonly number: number;
  readonly tenantId: string;
  readonly clientId: string;
  readonly id: string;
  readonly url: string;
  /** Names, or `prefix.*`; null for every type. */
  readonly eventTypes: readonly string[] | null;
  readonly format: Format;
  readonly headers: Readonly<Record<string, string>>;
  /** All that have not expired when it was read, the current one first. */
  readonly secrets: readonly SigningSecret[];
  readonly ratePerSecond: number | null;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly timeoutSeconds: number;
  /** Seconds before the second, third … attempt; after the last one a delivery is dead. */
  readonly retrySeconds: readonly number[];
  readonly state: 'active' | 'paused' | 'disabled';
  /** Why nothing can be sent whatever the state is: secrets or headers cannot be opened, and are left out. A sentence. */
  readonly problem: string | undefined;
  readonly revision: number;
}

/** How far an endpoint is, as it was last written down. */
export interface Mark {
  readonly endpoint: number;
  /** All messages in lanes below this are settled. */
  readonly xid: Position;
  /** Attempts of messages at or after `xid` have ids from this UUIDv7 on. */
  readonly factsFrom: string;
  readonly lastSuccessAtMs: number | undefined;
  readonly failingSinceMs: number | undefined;
  readonly failures: number;
}

/** The messages of a client that one transaction stored, in order. */
export interface Lane {
  readonly tenantId: string;
  readonly clientId: string;
  readonly xid: Position;
  readonly ids: readonly string[];
}

/** The lane of a client, from a position on. */
export type LaneStart = Omit<Lane, 'xid' | 'ids'> & { readonly from: Position };

/** Lanes in the order of xid, whole transactions: all that there are below `readTo`, from where reading goes on. */
export interface LanePage {
  readonly lanes: readonly Lane[];
  readonly readTo: Position;
}

/** A stored message as the sender needs it. */
export interface Message {
  readonly id: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly eventType: string;
  readonly source: string;
  readonly eventId: string;
  /** JSON text. */
  readonly payload: string;
  readonly payloadEncoding: 'base64' | null;
  readonly contentType: string | null;
  /** RFC 3339, in UTC, to the microsecond. */
  readonly occurredAt: string | null;
  readonly traceparent: string | null;
  /** JSON text of an object with CloudEvents attributes that have no field here; null without any. */
  readonly attributes: string | null;
  /** Not to be sent before, in milliseconds since 1970. */
  readonly deliverAfterMs: number | undefined;
}

/** A delivery: one message to one endpoint. `unit` is 0 for the automatic one, else the replay that asked for it. */
export interface DeliveryKey {
  readonly endpoint: number;
  readonly unit: number;
  readonly messageId: string;
}

/** An automatic delivery. */
export type LaneDelivery = Omit<DeliveryKey, 'unit'>;

/** A delivery that is due later than its turn in the lane. */
export interface Retry extends DeliveryKey {
  readonly dueAtMs: number;
  /** Attempts made and used up so far. */
  readonly attempts: number;
  readonly firstFailedAtMs: number | undefined;
  readonly lastStatus: number | undefined;
  readonly lastError: string | undefined;
}

/** `delivered`, `dead` and `lost` settle a delivery. After `failed` and `throttled` it is retried. */
export type AttemptOutcome = 'delivered' | 'failed' | 'throttled' | 'dead' | 'lost';

/** What one request came to; written once, whoever owns the endpoint by then. */
export interface AttemptFact extends DeliveryKey {
  /** UUIDv7 of its beginning. */
  readonly id: string;
  /** From 1. */
  readonly number: number;
  readonly outcome: AttemptOutcome;
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** The beginning of the response body: at most 1 kB of text that PostgreSQL can store. */
  readonly response: string | undefined;
  readonly milliseconds: number;
  /** First 16 bytes of the SHA-256 of the body, in hex; undefined where no request was made. */
  readonly bodyDigest: string | undefined;
}

export interface DeadDelivery extends DeliveryKey {
  readonly diedAtMs: number;
  readonly attempts: number;
  /** `refused`: the receiver can never take these bytes; `lost`: the message was gone before it could be sent. */
  readonly reason: 'attempts' | 'deadline' | 'refused' | 'lost';
  readonly lastStatus: number | undefined;
  readonly lastError: string | undefined;
}

/** A shard that this process holds. */
export interface HeldShard {
  readonly id: number;
  readonly epoch: number;
}

/** Endpoints are divided among the sender processes by `number % SHARDS`. */
export const SHARDS = 64;

/**
 * Shards change hands in the order of `id * SHARD_STEP % SHARDS`, which divides endpoints with neighbouring numbers: in the order
 * of the ids, a few endpoints would all go to one process.
 */
export const SHARD_STEP = 39;

export interface Holding {
  /** All that this process holds now, for the length of the lease from the time at which it asked. */
  readonly held: readonly HeldShard[];
  /** How many it should hold at most, so that every process that is alive has its share. */
  readonly share: number;
}

/** All that follows from a few attempts, written in one transaction. */
export interface Results {
  /**
   * Written whoever owns the shards: the requests did happen. An id that is there already is left alone. Without the shard,
   * `dead` and `lost` are written as `failed`: the owner decides about the delivery.
   */
  readonly facts: readonly AttemptFact[];
  // The rest is written only for endpoints whose shard is still held with this epoch.
  readonly held: readonly HeldShard[];
  // Of several with the same key the last one counts, and `settled` counts more than `retries`.
  /** Inserted, or put in the place of the one with the same key. */
  readonly retries: readonly Retry[];
  /** Retries that are no more: settled. */
  readonly settled: readonly DeliveryKey[];
  readonly dead: readonly DeadDelivery[];
  /** Left alone when the store went back since the last `horizon`: they were read from what is no more. */
  readonly marks: readonly Mark[];
  readonly disabled: readonly { readonly endpoint: number; readonly reason: string }[];
}

/**
 * Where deliveries are kept. Every method is a transaction of its own, or several short ones, and throws DeliveryStoreError
 * for what it knows. Arrays may be empty.
 */
export interface DeliveryStore {
  /**
   * Tells that this process is alive, renews the lease of what it holds, gives up `releasing` and, while it holds less than
   * its share, takes shards that nobody holds (any more). Times by the clock of the store.
   */
  hold(owner: Owner, releasing: readonly number[]): Promise<Holding>;
  /** At the end: gives everything up, so that others need not wait for the lease. */
  leave(owner: Owner): Promise<void>;
  /** The revision of the last change of any endpoint. */
  revision(): Promise<number>;
  /** Number and revision of all endpoints of those shards. */
  endpointsOf(shards: readonly number[]): Promise<readonly Pick<Endpoint, 'number' | 'revision'>[]>;
  /** Endpoints by number; those that are gone are left out. */
  endpoints(numbers: readonly number[]): Promise<readonly Endpoint[]>;
  /** The marks of endpoints. An endpoint has one from the moment it exists. */
  marks(endpoints: readonly number[]): Promise<readonly Mark[]>;
  /** Those endpoints of which lanes hold messages with `mark.xid` <= xid < `to`. */
  behind(marks: readonly Mark[], to: Position): Promise<readonly number[]>;
  /** Those that must not begin from the lane again: with a retry or a dead row, or settled by an attempt from `factsFrom` on. */
  settledAmong(deliveries: readonly LaneDelivery[], factsFrom: string): Promise<readonly LaneDelivery[]>;
  /**
   * The retries of each endpoint that are due first, in that order, at most `limit` of each; after these, where there are more, the
   * first of the automatic ones (unit 0) that have failed: endpoints that get messages in order wait for it.
   */
  retries(endpoints: readonly number[], limit: number): Promise<readonly Retry[]>;
  /** A position below which no lane will appear any more. @throws StoreWentBack */
  horizon(): Promise<Position>;
  /** Lanes of all clients with `from` <= xid < `to`, about the first `limit` of them. */
  lanes(from: Position, to: Position, limit: number): Promise<LanePage>;
  /** A page of about `limit` lanes for each of these clients, each from a position of its own, in their order. */
  lanesOf(clients: readonly LaneStart[], to: Position, limit: number): Promise<readonly LanePage[]>;
  /** Messages by id, in any order; those that are gone are left out. */
  messages(ids: readonly string[]): Promise<readonly Message[]>;
  /** Returns the ids of shards that this process has lost: nothing but facts was written for their endpoints. */
  record(owner: Owner, results: Results): Promise<readonly number[]>;
}

/** A sender process: a UUID drawn at its start; host and process id, for people; how long its leases last. */
export interface Owner {
  readonly id: string;
  readonly name: string;
  readonly leaseSeconds: number;
}

/** The store or the way to it is away, or refuses everything: worth trying again. Other errors are mistakes in this program. */
export class DeliveryStoreError extends Error {
  override readonly name = 'DeliveryStoreError';
}

/** The store has lost commits, as after a failover to a replica that was behind: what is held in memory is to be read anew. */
export class StoreWentBack extends Error {
  override readonly name = 'StoreWentBack';
}

/** The sender's log: fixed keys, no payloads, no secrets, no header values. */
export type Log = Readonly<
  Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>
>;

/** Observations for metrics, beside the books. */
export interface Telemetry {
  attempted(outcome: AttemptOutcome, seconds: number): void;
  /** A message was delivered at the first attempt, without a delay of its own, that long after it was stored. */
  delivered(secondsSinceStored: number): void;
}
