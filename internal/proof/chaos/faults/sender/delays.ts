import type { Violation } from '../../checker.ts';
import type { Deliveries } from '../../deliveries/deliveries.ts';
import { readMessages } from '../../deliveries/evidence.ts';
import { nameOf } from '../../deliveries/target.ts';

/** Slowness of the machine that proves nothing. */
const SLACK_MS = 1_500;
const TIMES = 3;
const QUANTILE = 0.95;
/** Endpoints that wait for nothing but their turn. */
const HEALTHY = ['typed', 'two-secrets', 'tls'];

/** Compares how long messages that were stored after that time took to healthy endpoints with those before. */
export async function compareDelays(
  { pool, receiver, targets }: Deliveries,
  sinceMs: number,
): Promise<Violation[]> {
  const committed = new Map((await readMessages(pool)).map(({ id, committedMs }) => [id, committedMs]));
  const names = new Set(targets.filter(({ id }) => HEALTHY.includes(id)).map(nameOf));
  const seen = new Set<string>();
  const delays = { before: [] as number[], since: [] as number[] };
  for (const { endpoint, message, arrivedMs } of receiver.got) {
    const storedMs = committed.get(message ?? '');
    if (storedMs === undefined || !names.has(endpoint) || seen.has(`${endpoint} ${message}`)) continue;
    seen.add(`${endpoint} ${message}`);
    delays[storedMs < sinceMs ? 'before' : 'since'].push(arrivedMs - storedMs);
  }
  const [before, since] = [quantile(delays.before), quantile(delays.since)];
  if (since <= before * TIMES + SLACK_MS) return [];
  const what = `${QUANTILE * 100} % took up to ${Math.round(since)} ms to healthy endpoints, ${Math.round(before)} ms without the other one`;
  return [{ promise: 'one endpoint does not hurt another', what }];
}

function quantile(delays: readonly number[]): number {
  return delays.toSorted((a, b) => a - b)[Math.floor(delays.length * QUANTILE)] ?? 0;
}
