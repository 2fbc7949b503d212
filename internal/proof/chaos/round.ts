import { hasHealable } from '#internal/postgres/healing/sweep.ts';
import { describeQueue, findQueue } from '#internal/sqs/queue.ts';
import { until } from '#internal/proof/kit/until.ts';
import { Random } from '../../load/random.ts';
import { checkBooks } from './books.ts';
import { check, type Violation } from './checker.ts';
import { sendConflicts } from './conflicts.ts';
import { readRows } from './evidence.ts';
import { allDelivered, judgeDeliveries } from './deliveries/delivered.ts';
import type { Fault } from './fault.ts';
import { startProducers } from './load.ts';
import { type LoadPlan, readSent, type Sent } from './oracle.ts';
import type { RoundPlan } from './schedule.ts';
import { openSite, type OwnSite } from './site.ts';
import { registerTenants, type Stack, TENANTS } from './stack.ts';
import { strikeAll } from './strike.ts';
import { within } from '#internal/proof/kit/within.ts';

const LOAD_MS = 90_000;
const DRAIN_MS = 60_000;
const SENDERS = 2;

export interface RoundResult {
  readonly events: number;
  /** Number of strikes per fault, or a sentence if it could not strike. */
  readonly struck: ReadonlyMap<Fault, number | string>;
  /** Why the round could not run on this machine. */
  readonly skipped?: string;
  readonly violations: readonly Violation[];
  /** From the end of the last fault, or of the load if later, until everything was stored. */
  readonly recoverySeconds: number;
  readonly maxRssBytes: number;
  /** Number of processes killed with SIGKILL. */
  readonly kills: number;
  /** Requests that receivers got. */
  readonly requests: number;
}

interface RoundParts {
  readonly stack: Stack;
  /** Name of the round's database and queue. */
  readonly name: string;
  readonly plan: RoundPlan;
  readonly events: number;
}

/**
 * Runs one round: load, faults, drain, then the checks. An error on the way is a violation too. When `stop`
 * aborts, it cleans up and ends soon, and its result must not be used.
 */
export async function runRound(parts: RoundParts, stop: AbortSignal): Promise<RoundResult> {
  try {
    return await prepareAndPlay(parts, stop);
  } catch (error) {
    return { ...NOTHING, violations: [{ promise: 'it recovers by itself', what: String(error) }] };
  }
}

async function prepareAndPlay(
  { stack, name, plan, events }: RoundParts,
  stop: AbortSignal,
): Promise<RoundResult> {
  const random = new Random(plan.seed);
  const { faults, delivers } = plan;
  await using own = new AsyncDisposableStack();
  let tablespace: string | undefined;
  for (const { prepareMachine } of faults) {
    const preparation = await prepareMachine?.(stack);
    if (typeof preparation === 'string') return { ...NOTHING, skipped: preparation };
    if (preparation !== undefined) tablespace = own.use(preparation).tablespace;
  }
  const parts = { stack, name, faults, delivers, events, random };
  const site = own.use(await openSite(tablespace === undefined ? parts : { ...parts, tablespace }));
  for (const { prepare } of faults) if (prepare !== undefined) own.use(prepare(site, random));
  for (const { prepareDatabase } of faults) await prepareDatabase?.(site);
  await Promise.all([startProcessors(site, faults), startSenders(site)]);
  const { conflicts, struck, seconds, violations } = await play(site, faults, random, stop);
  await Promise.all([site.processors.endAll(), site.deliveries?.senders.endAll()]);
  const ledgers = await Promise.all(site.plans.map(readSent));
  if (ledgers.some((ledger) => ledger.length === 0))
    violations.push({ promise: 'the fault strikes', what: 'a producer sent nothing' });
  const sent = [...conflicts, ...ledgers.flat()];
  violations.push(...(await judge(site, faults, sent)));
  if (faults.length === 1)
    for (const why of struck.values())
      if (typeof why === 'string') violations.push({ promise: 'the fault strikes', what: why });
  const fleets = [site.processors, ...(site.deliveries === undefined ? [] : [site.deliveries.senders])];
  return {
    events: sent.length,
    struck,
    violations,
    recoverySeconds: seconds,
    maxRssBytes: Math.max(...fleets.map(({ maxRssBytes }) => maxRssBytes)),
    kills: fleets.reduce((sum, { kills }) => sum + kills, 0),
    requests: site.deliveries?.receiver.got.length ?? 0,
  };
}

interface Played {
  readonly conflicts: Sent[];
  readonly struck: Map<Fault, number | string>;
  /** Duration of the last drain. */
  readonly seconds: number;
  readonly violations: Violation[];
}

/** Runs load and faults, then the drain. A fault that strikes between two loads takes a second turn. */
async function play(
  site: OwnSite,
  faults: readonly Fault[],
  random: Random,
  stop: AbortSignal,
): Promise<Played> {
  const struck = new Map<Fault, number | string>();
  const conflicts: Sent[] = [];
  const violations: Violation[] = [];
  let seconds = 0;
  for (const [wave, plans] of site.waves.entries()) {
    const striking = faults.filter((fault) => (fault.between === true) === (wave === 1));
    const conflicting = plans[0]?.tenants.filter((tenant) => (TENANTS as readonly string[]).includes(tenant));
    const [first, ...others] = conflicting ?? [];
    if (wave === 0 && first !== undefined)
      conflicts.push(...(await sendConflicts(site.stack.client, site.queue.url, [first, ...others], random)));
    const struckAll = strikeAll(site, striking, { random, struck, stop });
    if (wave === 1) await struckAll;
    // Also waits for the faults when the load ends early: they must be undone before the round cleans up.
    const [load] = await Promise.allSettled([produce(site, plans, stop), struckAll]);
    if (load.status === 'rejected') throw load.reason;
    const drain = await drained(site, stop);
    seconds = drain.seconds;
    violations.push(...drain.violations);
  }
  return { conflicts, struck, seconds, violations };
}

const NOTHING = {
  events: 0,
  struck: new Map<Fault, number | string>(),
  violations: [],
  recoverySeconds: 0,
  maxRssBytes: 0,
  kills: 0,
  requests: 0,
} as const;

async function startProcessors(site: OwnSite, faults: readonly Fault[]): Promise<void> {
  const wanted = Math.max(...faults.map(({ processors = 1 }) => processors));
  await Promise.all(Array.from({ length: wanted }, () => site.processors.startReady()));
  await until(() => site.processors.running.length === wanted, { what: 'all processors', timeoutMs: 60_000 });
  if (faults.some(({ emptyDatabase }) => emptyDatabase === true)) await registerTenants(site.pool, TENANTS);
}

async function startSenders({ deliveries }: OwnSite): Promise<void> {
  if (deliveries === undefined) return;
  const { senders } = deliveries;
  await Promise.all(Array.from({ length: SENDERS }, () => senders.startReady()));
}

/** Resolves when the producers have sent everything, or have given up on what SQS does not accept. */
async function produce(site: OwnSite, plans: readonly LoadPlan[], stop: AbortSignal): Promise<void> {
  await using children = new AsyncDisposableStack();
  const running = plans.map((plan) =>
    children.use(startProducers(plan, site.environment, site.stack.folder)),
  );
  const ended = Promise.all(running.map(({ exited }) => exited));
  await within(ended, { what: 'the producers to end', timeoutMs: LOAD_MS, signal: stop });
}

/** Waits until the queue is empty, no rejection is left to replay, and everything is delivered. */
async function drained(
  site: OwnSite,
  stop: AbortSignal,
): Promise<{ seconds: number; violations: Violation[] }> {
  const startedMs = performance.now();
  const { client } = site.stack;
  const isDrained = async () => {
    if (stop.aborted) return true;
    const { visible, inFlight, delayed } = await describeQueue(client, site.queue.url);
    return visible + inFlight + delayed === 0 && !(await hasHealable(site.pool));
  };
  const violations: Violation[] = [];
  try {
    await until(isDrained, { what: 'the queue to be drained', timeoutMs: DRAIN_MS });
    if (site.deliveries !== undefined) {
      await site.deliveries.calm();
      await allDelivered(site.deliveries, stop);
    }
  } catch (error) {
    violations.push({ promise: 'it recovers by itself', what: (error as Error).message });
  }
  stop.throwIfAborted();
  return { seconds: (performance.now() - startedMs) / 1000, violations };
}

async function judge(site: OwnSite, faults: readonly Fault[], sent: readonly Sent[]): Promise<Violation[]> {
  const rows = await readRows(site.pool);
  const lateTenants = new Set(faults.flatMap((fault) => fault.lateTenants ?? []));
  const own = await Promise.all(faults.map(async (fault) => (await fault.judge?.(site)) ?? []));
  return [
    ...check({ sent, ...rows, lateTenants }),
    ...checkBooks(site, rows),
    ...(await checkDeadLetters(site)),
    ...site.processors.violations,
    ...(site.deliveries === undefined
      ? []
      : await judgeDeliveries(
          site.deliveries,
          faults.some(({ mayDie }) => mayDie === true),
        )),
    ...own.flat(),
  ];
}

/**
 * Checks that no event was moved to the dead-letter queue, which would mean many receives without a commit.
 */
async function checkDeadLetters({ stack, deadLetterName }: OwnSite): Promise<Violation[]> {
  const queue = await findQueue(stack.client, { name: deadLetterName });
  if (queue === undefined) return [];
  const { visible } = await describeQueue(stack.client, queue.url);
  return visible === 0
    ? []
    : [{ promise: 'no event is lost', what: `${visible} messages are in the dead-letter queue` }];
}
