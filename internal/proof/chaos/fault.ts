import type pg from 'pg';
import type { Queue } from '#internal/sqs/queue.ts';
import type { Random } from '../../load/random.ts';
import type { Violation } from './checker.ts';
import type { LoadPlan } from './oracle.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import type { BooksSnapshot } from '#internal/processor/books.ts';
import type { Deliveries } from './deliveries/deliveries.ts';
import type { Fleet } from './fleet.ts';
import type { SqsProxy } from './sqs-proxy.ts';
import type { Stack } from './stack.ts';

/** The parts of a round that a fault can act on. */
export interface Site {
  readonly stack: Stack;
  readonly postgresProxy: PostgresProxy;
  readonly sqsProxy: SqsProxy;
  readonly processors: Fleet<BooksSnapshot>;
  /** Undefined in rounds without senders. */
  readonly deliveries: Deliveries | undefined;
  readonly plans: readonly LoadPlan[];
  /** PostgreSQL itself, not through the proxy. */
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly queue: Queue;
  /** Creates the round's queues if they are missing. */
  createQueues(): Promise<void>;
  /** Runs one of our programs, given by its path in the project, until it ends. Returns its exit code. */
  run(program: string, args: readonly string[]): Promise<number | null>;
}

/** Resources set up before the processors start and released after they end. */
export interface Preparation extends AsyncDisposable {
  /** The tablespace in which to create the database. */
  readonly tablespace?: string;
}

/** A fault, as data. */
export interface Fault {
  readonly name: string;
  /** What happens, in words. */
  readonly what: string;
  /** What it strikes: the processor by default. With a fault that strikes the sender, the round delivers. */
  readonly of?: 'sender' | 'both';
  /** Number of processors; 1 by default. */
  readonly processors?: number;
  /** Additional environment variables of the processors. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Parameters added to the processors' DATABASE_URL. */
  readonly databaseParameters?: Readonly<Record<string, string>>;
  /** Additional environment variables of the sender that is started as the nth, from 0. */
  readonly senderEnvironment?: (nth: number) => Readonly<Record<string, string>>;
  /** Parameters added to the senders' DATABASE_URL. */
  readonly senderDatabaseParameters?: Readonly<Record<string, string>>;
  /** Senders' clocks are wrong, so that receivers take any timestamp. */
  readonly anyTime?: boolean;
  /** Deliveries may be given up. */
  readonly mayDie?: boolean;
  /** Overrides the queue's maxReceiveCount. */
  readonly maxReceiveCount?: number;
  /** The processors start on a database without tables. */
  readonly emptyDatabase?: boolean;
  /** Additional tenants, which are not registered at first. */
  readonly lateTenants?: readonly string[];
  /** The fault cannot be combined with others. */
  readonly alone?: boolean;
  /** Set where two faults at once would undo each other. A mixture has at most one fault per value. */
  readonly actsOn?: 'server' | 'clock' | 'latency' | 'receiver' | 'shards';
  /**
   * The fault strikes between two loads, when the queue is empty, because messages that SQS itself loses are
   * not the product's to keep.
   */
  readonly between?: boolean;
  /** Replaces the usual load. */
  readonly load?: (plans: readonly LoadPlan[]) => readonly LoadPlan[];
  /** Runs before the database is created. Returns a sentence if this machine cannot run the fault. */
  readonly prepareMachine?: (stack: Stack) => Promise<Preparation | string>;
  /** Runs before the processors start. */
  readonly prepare?: (site: Site, random: Random) => Disposable;
  /** Runs before the senders start. */
  readonly prepareDatabase?: (site: Site) => Promise<void>;
  /**
   * Strikes while the load runs, and undoes itself. Returns the number of strikes.
   * @throws Error when it found nothing to strike
   */
  readonly inject: (site: Site, signal: AbortSignal, random: Random) => Promise<number>;
  /** Checks whatever else must hold after the fault. */
  readonly judge?: (site: Site) => Promise<Violation[]>;
}
