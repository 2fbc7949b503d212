import { expect, test, vi } from 'vitest';
import { logRejections } from './log-rejections.ts';
import type { RejectionRecord } from './ports.ts';

test('a rejection is shown by whose it is and why, without its body, and with names that are cut', () => {
  const debug = vi.fn<(fields: object, message: string) => void>();
  const log = { debug, info() {}, warn() {}, error() {} };
  const record: RejectionRecord = {
    reason: 'unknown_client',
    detail: 'secret',
    queue: 'events',
    sqsMessageId: 'm',
    eventIndex: 3,
    claims: { tenantId: 'x'.repeat(300), source: 'secret', eventId: 'secret' },
    body: 'secret',
    attributes: { note: 'secret' },
    systemAttributes: {},
    receiveCount: 1,
    receivedAt: new Date(),
  };
  logRejections(log, [record]);
  expect(debug.mock.calls).toEqual([
    [
      {
        reason: 'unknown_client',
        tenantId: 'x'.repeat(200),
        eventType: undefined,
        sqsMessageId: 'm',
        eventIndex: 3,
      },
      'an event is rejected',
    ],
  ]);
});
