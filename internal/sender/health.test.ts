import { expect, test } from 'vitest';
import { Health } from './health.ts';

const DAY_MS = 86_400_000;
const SINCE_MS = Date.parse('2026-01-31T12:00:00Z');

function failing(failures: number, failingSinceMs = SINCE_MS): Health {
  return new Health({
    endpoint: 1,
    xid: 1n,
    factsFrom: '',
    lastSuccessAtMs: undefined,
    failingSinceMs,
    failures,
  });
}

test.each([
  { days: 5, failures: 20, isHopeless: true },
  { days: 5, failures: 19, isHopeless: false },
  { days: 4.99, failures: 1_000, isHopeless: false },
])(
  'after $days days and $failures failures, an endpoint is given up: $isHopeless',
  ({ days, failures, isHopeless }) => {
    const said = failing(failures).hopeless(SINCE_MS + days * DAY_MS);
    expect(said).toEqual(
      isHopeless ? 'no request has succeeded since 2026-01-31T12:00:00.000Z; 20 have failed' : undefined,
    );
  },
);

test('the days count from the first failure, and what is written down of them survives a restart', () => {
  const health = failing(0);
  health.succeeded(SINCE_MS);
  for (let i = 1; i <= 20; i += 1) health.failed(SINCE_MS + i);
  const { failures, failingSinceMs } = health.written;
  expect({ failures, failingSinceMs }).toEqual({ failures: 20, failingSinceMs: SINCE_MS + 1 });
  const later = failing(failures, failingSinceMs);
  expect(later.hopeless(SINCE_MS + 5 * DAY_MS)).toBeUndefined();
  expect(later.hopeless(SINCE_MS + 5 * DAY_MS + 1)).toBeDefined();
});

test('one success, or an operator, begins anew', () => {
  for (const anew of [(health: Health) => health.succeeded(SINCE_MS), (health: Health) => health.reset()]) {
    const health = failing(1_000);
    anew(health);
    health.failed(SINCE_MS + DAY_MS);
    expect(health.hopeless(SINCE_MS + 6 * DAY_MS)).toBeUndefined();
  }
});
