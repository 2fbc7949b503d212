import { stat } from 'node:fs/promises';
import { sleep } from '#internal/waiting/sleep.ts';
import { until } from '#internal/proof/kit/until.ts';
import { readCounters } from '../../load/counters.ts';
import type { Random } from '../../load/random.ts';
import type { Fault } from './fault.ts';
import type { OwnSite } from './site.ts';

const FAULT_MS = 40_000;

interface Strikes {
  readonly random: Random;
  /** Receives the number of strikes per fault, or why it could not strike. */
  readonly struck: Map<Fault, number | string>;
  readonly stop: AbortSignal;
}

/** Lets all faults strike at once, each shortly after the first events were received. Never rejects. */
export async function strikeAll(
  site: OwnSite,
  faults: readonly Fault[],
  { random, struck, stop }: Strikes,
): Promise<void> {
  const signal = AbortSignal.any([AbortSignal.timeout(FAULT_MS), stop]);
  const strikes = faults.map((fault) => ({ fault, own: random.fork() }));
  const underWay = until(() => stop.aborted || received(site), {
    what: 'the first events',
    timeoutMs: FAULT_MS,
  }).catch(() => {}); // a fault that finds nothing to strike reports it
  await Promise.all(
    strikes.map(async ({ fault, own }) => {
      if (fault.between !== true) await underWay;
      await sleep(own.whole(0, 600), signal);
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
