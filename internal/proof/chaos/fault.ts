import type pg from 'pg';
import type { Queue } from '#internal/sqs/queue.ts';
import type { Random } from '../../load/random.ts';
import type { Violation } from './checker.ts';
import type { LoadPlan } from './oracle.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import type { Processors } from './processors.ts';
import type { SqsProxy } from './sqs-proxy.ts';
import type { Stack } from './stack.ts';

/** What a fault can reach in its round. */
export interface Site {
  readonly stack: Stack;
  readonly postgresProxy: PostgresProxy;
  readonly sqsProxy: SqsProxy;
  readonly processors: Processors;
  readonly plans: readonly LoadPlan[];
  /** PostgreSQL itself, not by way of the proxy. */
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly queue: Queue;
  /** Makes the round's queues where they are missing. */
  createQueues(): Promise<void>;
  /** Runs a program of ours, named by its path in the project, to its end; returns its exit code. */
  run(program: string, args: readonly string[]): Promise<number | null>;
}

/** What is ready before the processors start and undone after they end. */
export interface Preparation extends AsyncDisposable {
  /** Where the database is to lie. */
  readonly tablespace?: string;
}

/** Something that goes wrong, as data. */
export interface Fault {
  readonly name: string;
  /** What it does, in words. */
  readonly what: string;
  /** How many processors run; 1 without it. */
  readonly processors?: number;
  /** More environment variables of the processors. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Parameters of the processors' DATABASE_URL. */
  readonly databaseParameters?: Readonly<Record<string, string>>;
  /** Overrides the queue's maxReceiveCount. */
  readonly maxReceiveCount?: number;
  /** The processors find a database without any table. */
  readonly emptyDatabase?: boolean;
  /** More tenants, which are not registered at first. */
  readonly lateTenants?: readonly string[];
  /** Cannot strike together with others. */
  readonly alone?: boolean;
  /** Set where two faults at once would undo each other: a mixture has at most one that acts on the same. */
  readonly actsOn?: 'server' | 'clock' | 'latency';
  /** Strikes between two loads, when the queue is empty: what the queue itself loses is not ours to keep. */
  readonly between?: boolean;
  /** Another load than the usual one. */
  readonly load?: (plans: readonly LoadPlan[]) => readonly LoadPlan[];
  /** Runs before the database is made; returns a sentence when this machine cannot have the fault. */
  readonly prepareMachine?: (stack: Stack) => Promise<Preparation | string>;
  /** Runs before the processors start. */
  readonly prepare?: (site: Site, random: Random) => Disposable;
  /**
   * Strikes while the load runs and takes itself away again; returns how often it struck.
   * @throws Error when it found nothing to strike
   */
  readonly inject: (site: Site, signal: AbortSignal, random: Random) => Promise<number>;
  /** What else must hold after such a fault. */
  readonly judge?: (site: Site) => Promise<Violation[]>;
}
