import { readFileSync } from 'node:fs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { plainEvent } from '#internal/proof/kit/events.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/proof/kit/queue.ts';

/** What an SQS message may have in all. */
const SQS_BYTES = 1_048_576;

/** An array of events, and an attribute of quotes as long as SQS takes it: as JSON, each takes two bytes. */
function largeMessage(events: number, more: object = {}) {
  const body = JSON.stringify(
    Array.from({ length: events }, (_, i) => plainEvent(`${events}-${i}`, { ...more })),
  );
  return { body, text: '"'.repeat(SQS_BYTES - body.length - 100) };
}

/** Most memory that the process had, in megabytes; where the system tells. */
function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

test('arrays with large attributes end no process and fill no memory, whether they are stored, refused one by one or whole', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const messages = [
    largeMessage(600),
    largeMessage(600, { client_id: 'nobody' }),
    largeMessage(30),
    largeMessage(20, { client_id: 'nobody' }),
  ];
  for (const { body: MessageBody, text } of messages) {
    const MessageAttributes = { x: { DataType: 'String', StringValue: text } };
    await queue.client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody, MessageAttributes }));
  }
  await queue.send([JSON.stringify(plainEvent('innocent'))]);
  await using processor = new Program('processor/main.ts', [], {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: database.url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
    RECEIVE_WAIT_SECONDS: '1',
  });
  await expect.poll(async () => (await queue.counts()).total, { timeout: 60_000 }).toBe(0);
  expect(process.platform === 'linux' ? peakMegabytes(processor.pid) : 0).toBeLessThan(500);
  processor.signal('SIGTERM');
  expect(await processor.exited).toEqual({ code: 0, signal: null });
  expect(await processor.logged('stopped')).toMatchObject({
    received: 53,
    stored: 31,
    rejected: 22,
    rejectedByReason: { unstorable: 2, unknown_client: 20 },
    released: 0,
    balanced: true,
  });
  const { rows } = await database.pool.query(
    `select reason, event_index, length(attributes ->> 'x') as attribute, octet_length(body) as body from rejection order by id`,
  );
  for (const { body, text } of messages.slice(0, 2)) {
    const whole = { reason: 'unstorable', event_index: null, attribute: text.length, body: body.length };
    expect(rows).toContainEqual(whole);
  }
  const kept = await database.pool.query(
    `select event_id from message where length(sqs_attributes ->> 'x') = $1`,
    [messages[2]?.text.length],
  );
  expect(kept.rowCount).toBe(30);
});
