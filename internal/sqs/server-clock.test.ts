import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openSqs } from './client.ts';
import { findQueue } from './queue.ts';
import { offsetOf, watchServerClock } from './server-clock.ts';

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
});
afterAll(() => vi.unstubAllEnvs());

test('computes the offset between the middle of the second and the middle of the call', () => {
  const at = Date.parse('2026-01-01T00:00:10.000Z');
  expect(offsetOf('Thu, 01 Jan 2026 00:01:10 GMT', at, at + 200)).toEqual({
    seconds: 60.4,
    withinSeconds: 0.6,
  });
  expect(offsetOf(undefined, at, at)).toBeUndefined();
  expect(offsetOf('soon', at, at)).toBeUndefined();
});

test.each([200, 403])('reads the offset from an answer with status %d', async (status) => {
  const anHourAhead = new Date(Date.now() + 3_600_000).toUTCString();
  const server = createServer((_, response) => {
    response.sendDate = false;
    response.writeHead(status, { date: anHourAhead, 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      status === 200 ? '{"QueueUrl":"http://x/q"}' : '{"__type":"com.amazonaws.sqs#AccessDenied"}',
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const client = openSqs({ region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, maxSockets: 1 });
  const clock = watchServerClock(client);
  expect(clock()).toBeUndefined();
  await findQueue(client, { name: 'q' }).catch(() => {});
  client.destroy();
  server.close();
  expect(clock()?.seconds).toSatisfy((seconds: number) => seconds > 3_590 && seconds < 3_610);
});
