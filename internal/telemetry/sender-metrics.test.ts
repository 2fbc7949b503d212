import { expect, it } from 'vitest';
import { openSenderMetrics, type SenderSources } from './sender-metrics.ts';

const IDLE: SenderSources = {
  books: { taken: 9, delivered: 4, retrying: 2, dead: 1, skipped: 3, lost: 1, released: 5, inFlight: 2 },
  observed: {
    shards: 32,
    endpoints: 5,
    breakersOpen: 1,
    behind: 2,
    fenceLosses: 3,
    changes: { 'endpoint.disabled': 2, 'endpoint.failing': 7 },
  },
  health: { postgres: true },
  endpointsByState: { active: 4, disabled: 1 },
  waiting: undefined,
};

async function linesOf(sources: SenderSources): Promise<string[]> {
  const { text } = await openSenderMetrics(() => sources).text();
  return text.split('\n').filter((line) => line.startsWith('event_sender_'));
}

it('shows the books, what the engine observes, and the endpoints by state', async () => {
  const lines = await linesOf(IDLE);
  for (const line of [
    'event_sender_deliveries_taken_total 9',
    'event_sender_deliveries_delivered_total 4',
    'event_sender_deliveries_retrying_total 2',
    'event_sender_deliveries_dead_total 1',
    'event_sender_deliveries_skipped_total 3',
    'event_sender_deliveries_lost_total 1',
    'event_sender_deliveries_released_total 5',
    'event_sender_deliveries_in_flight 2',
    'event_sender_shards 32',
    'event_sender_endpoints 5',
    'event_sender_breakers_open 1',
    'event_sender_endpoints_behind 2',
    'event_sender_fence_losses_total 3',
    'event_sender_endpoint_changes_total{change="disabled"} 2',
    'event_sender_endpoint_changes_total{change="failing"} 7',
    'event_sender_endpoints_by_state{state="disabled"} 1',
    'event_sender_up{part="postgres"} 1',
  ])
    expect(lines).toContain(line);
});

it('counts attempts by outcome, and how long they and deliveries took', async () => {
  const metrics = openSenderMetrics(() => IDLE);
  metrics.attempted('delivered', 0.02);
  metrics.attempted('failed', 3);
  metrics.delivered(0.2);
  const { text } = await metrics.text();
  for (const line of [
    'event_sender_attempts_total{outcome="delivered"} 1',
    'event_sender_attempts_total{outcome="failed"} 1',
    'event_sender_attempt_duration_seconds_bucket{le="0.025"} 1',
    'event_sender_attempt_duration_seconds_bucket{le="5"} 2',
    'event_sender_delivery_age_seconds_bucket{le="0.1"} 0',
    'event_sender_delivery_age_seconds_bucket{le="0.25"} 1',
  ])
    expect(text.split('\n')).toContain(line);
});

it('names at most 20 endpoints: the first of those that wait longest', async () => {
  const hourAgo = Date.now() - 3_600_000;
  const waiting = Array.from({ length: 50 }, (_, i) => ({
    tenantId: 'acme',
    endpointId: `e-${i}`,
    waiting: i,
    oldestMs: hourAgo,
  }));
  const lines = await linesOf({ ...IDLE, waiting });
  const named = lines.filter((line) => line.startsWith('event_sender_endpoint_oldest_seconds{'));
  expect(named).toHaveLength(20);
  expect(named[0]).toMatch(/^event_sender_endpoint_oldest_seconds\{tenant="acme",endpoint="e-0"\} 360\d/);
  expect(lines).toContain('event_sender_endpoint_waiting{tenant="acme",endpoint="e-19"} 19');
  expect(lines.join('\n')).not.toContain('e-20"');
});
