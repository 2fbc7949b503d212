import { expect, test } from 'vitest';
import { buildRequest } from '../../../sender/request.ts';
import { endpointOf, messageOf } from '../../kit/delivery-rows.ts';
import { cloudEvent, PAYLOAD, SOURCE, TYPE } from './sample.ts';

test('the bare loop sends what the sender makes of a message of the backlog', () => {
  const id = '0199c1f0-0000-7000-8000-000000000000';
  const message = messageOf(
    {
      tenantId: 'tenant-0',
      clientId: 'bench-0',
      source: SOURCE,
      eventType: TYPE,
      payload: PAYLOAD,
      occurredAt: '2026-01-01T00:00:00.000000Z',
    },
    id,
  );
  expect(buildRequest(message, endpointOf({}, 1), 0).body.toString()).toBe(cloudEvent(id));
  expect(PAYLOAD.length).toBeGreaterThan(290);
  expect(PAYLOAD.length).toBeLessThan(320);
});
