import { stat } from 'node:fs/promises';
import { healableRejections } from '#internal/postgres/healable.ts';
import { sleep } from '#internal/processor/waiting.ts';
import { describeQueue, findQueue } from '#internal/sqs/queue.ts';
import { until } from '#internal/testkit/until.ts';
import { readCounters } from '../demo/live.ts';
import { type Random, seededRandom, whole } from '../producers/random.ts';
import { checkBooks } from './books.ts';
import { check, type Violation } from './checker.ts';
import { sendConflicts } from './conflicts.ts';
import { readRows } from './evidence.ts';
import type { Fault } from './fault.ts';
import { startProducers } from './load.ts';
import { type LoadPlan, readSent, type Sent } from './oracle.ts';
import type { RoundPlan } from './schedule.ts';
import { openSite, type OwnSite } from './site.ts';
import { within } from './within.ts';
import { registerTenants, type Stack, TENANTS } from './stack.ts';

const FAULT_MS = 40_000;
const LOAD_MS = 90_000;
const DRAIN_MS = 60_000;

export interface RoundResult {
  readonly events: number;
  /** How often each fault struck; a sentence where one could not. */
  readonly struck: ReadonlyMap<Fault, number | string>;
  /** Set when the round could not be run on this machine. */
  readonly skipped?: string;
  readonly violations: readonly Violation[];
  /** From the last fault's end, or the load's if later, until all was stored. */
  readonly recoverySeconds: number;
  readonly maxRssBytes: number;
  /** Processors that were killed with SIGKILL. */
  readonly kills: number;
}

/** One round: load, faults, no more faults, drain, judgement. */
export async function runRound(
  stack: Stack,
  name: string,
  plan: RoundPlan,
  events: number,
): Promise<RoundResult> {
  const random = seededRandom(plan.seed);
  const { faults } = plan;
  await using own = new AsyncDisposableStack();
  let tablespace: string | undefined;
  for (const { prepareMachine } of faults) {
    const preparation = await prepareMachine?.(stack);
    if (typeof preparation === 'string') return skipped(preparation);
    if (preparation !== undefined) tablespace = own.use(preparation).tablespace;
  }
  const parts = { stack, name, faults, events, random };
  const site = own.use(await openSite(tablespace === undefined ? parts : { ...parts, tablespace }));
  for (const { prepare } of faults) if (prepare !== undefined) own.use(prepare(site, random));
  await startProcessors(site, faults);
  const struck = new Map<Fault, number | string>();
  const conflicts: Sent[] = [];
  const violations: Violation[] = [];
  for (const [wave, plans] of site.waves.entries()) {
    const between = faults.filter((fault) => (fault.between === true) === (wave === 1));
    const conflicting = plans[0]?.tenants.filter((tenant) => (TENANTS as readonly string[]).includes(tenant));
    const [first, ...others] = conflicting ?? [];
    if (wave === 0 && first !== undefined)
      conflicts.push(...(await sendConflicts(stack.client, site.queue.url, [first, ...others], random)));
    const striking = strikeAll(site, between, random, struck);
    if (wave === 1) await striking;
    await Promise.all([produce(site, plans), striking]);
    if (wave < site.waves.length - 1) violations.push(...(await drained(site)).violations);
  }
  const { seconds, violations: undrained } = await drained(site);
  violations.push(...undrained);
  await site.processors.endAll();
  const ledgers = await Promise.all(site.plans.map(readSent));
  if (ledgers.some((ledger) => ledger.length === 0))
    violations.push({ promise: 'the fault strikes', what: 'a producer sent nothing' });
  const sent = [...conflicts, ...ledgers.flat()];
  violations.push(...(await judge(site, faults, sent)));
  if (faults.length === 1)
    for (const why of struck.values())
      if (typeof why === 'string') violations.push({ promise: 'the fault strikes', what: why });
  const { maxRssBytes, kills } = site.processors;
  return { events: sent.length, struck, violations, recoverySeconds: seconds, maxRssBytes, kills };
}

function skipped(why: string): RoundResult {
  const nothing = { events: 0, violations: [], recoverySeconds: 0, maxRssBytes: 0, kills: 0 };
  return { ...nothing, struck: new Map(), skipped: why };
}

async function startProcessors(site: OwnSite, faults: readonly Fault[]): Promise<void> {
  const wanted = Math.max(...faults.map(({ processors = 1 }) => processors));
  await Promise.all(Array.from({ length: wanted }, () => site.processors.startReady()));
  await until(() => site.processors.running.length === wanted, { what: 'all processors', timeoutMs: 60_000 });
  if (faults.some(({ emptyDatabase }) => emptyDatabase === true)) await registerTenants(site.pool, TENANTS);
}

/** Lets all of them strike at once, each a little after the first events have come. */
async function strikeAll(
  site: OwnSite,
  faults: readonly Fault[],
  random: Random,
  struck: Map<Fault, number | string>,
): Promise<void> {
  const signal = AbortSignal.timeout(FAULT_MS);
  const strikes = faults.map((fault) => ({ fault, own: seededRandom(whole(random, 0, 2 ** 31)) }));
  const underWay = until(() => received(site), {
    what: 'the first events',
    timeoutMs: FAULT_MS,
  });
  await Promise.all(
    strikes.map(async ({ fault, own }) => {
      if (fault.between !== true) await underWay.catch(() => {});
      await sleep(whole(own, 0, 600), signal);
      const times = await fault.inject(site, signal, own).catch((error: unknown) => String(error));
      struck.set(fault, times);
    }),
  );
}

async function received(site: OwnSite): Promise<boolean> {
  for (const { ledger } of site.waves[0] ?? []) if ((await stat(ledger)).size === 0) return false;
  const [processor] = site.processors.running;
  return processor !== undefined && (await readCounters(processor.healthPort ?? 0)).received > 0;
}

/** Resolves when the producers have sent all, or gave up on what SQS does not take. */
async function produce(site: OwnSite, plans: readonly LoadPlan[]): Promise<void> {
  await using children = new AsyncDisposableStack();
  const running = plans.map((plan) =>
    children.use(startProducers(plan, site.environment, site.stack.folder)),
  );
  const ended = Promise.all(running.map(({ exited }) => exited));
  await within(ended, { what: 'the producers to end', timeoutMs: LOAD_MS });
}

/** Until the queue is empty for SQS, and nothing waits for a replay. */
async function drained(site: OwnSite): Promise<{ seconds: number; violations: Violation[] }> {
  const startedMs = performance.now();
  const { client } = site.stack;
  const isDrained = async () => {
    const { visible, inFlight, delayed } = await describeQueue(client, site.queue.url);
    return visible + inFlight + delayed === 0 && (await healableRejections(site.pool, 1)).length === 0;
  };
  const violations: Violation[] = [];
  try {
    await until(isDrained, { what: 'the queue to be drained', timeoutMs: DRAIN_MS });
  } catch (error) {
    violations.push({ promise: 'it recovers by itself', what: (error as Error).message });
  }
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
    ...own.flat(),
  ];
}

/** No fault may send an event there: it was received often and never committed. */
async function checkDeadLetters({ stack, deadLetterName }: OwnSite): Promise<Violation[]> {
  const queue = await findQueue(stack.client, { name: deadLetterName });
  if (queue === undefined) return [];
  const { visible } = await describeQueue(stack.client, queue.url);
  return visible === 0
    ? []
    : [{ promise: 'no event is lost', what: `${visible} messages are in the dead-letter queue` }];
}
