import process from 'node:process';
import { GetQueueUrlCommand, type Message, SQSClient } from '@aws-sdk/client-sqs';
import pg from 'pg';
import { Consumer } from 'sqs-consumer';
import { z } from 'zod';

// The usual way to do it: sqs-consumer with a handler that checks and inserts, as a separate program.
// Arguments: `message` or `batch`, the number of messages per receive, and the number of parallel consumers.

const [mode = 'message', batchSize = '1', consumers = '1'] = process.argv.slice(2);

const event = z.object({
  tenant_id: z.string().default('default'),
  event_type: z.string(),
  client_id: z.string(),
  source: z.string(),
  event_id: z.string(),
  occurred_at: z.iso.datetime(),
  message: z.unknown(),
});

const INSERT_ONE = `
insert into baseline_message (tenant_id, client_id, event_type, source, event_id, payload, occurred_at)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`;

const INSERT_MANY = `
insert into baseline_message (tenant_id, client_id, event_type, source, event_id, payload, occurred_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::timestamptz[])
on conflict do nothing`;

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
await pool.query('select 1');

function columns({ Body = '' }: Message): unknown[] {
  const { tenant_id, client_id, event_type, source, event_id, message, occurred_at } = event.parse(
    JSON.parse(Body),
  );
  return [tenant_id, client_id, event_type, source, event_id, JSON.stringify(message), occurred_at];
}

async function handleMessage(message: Message): Promise<Message> {
  await pool.query(INSERT_ONE, columns(message));
  return message;
}

async function handleMessageBatch(messages: Message[]): Promise<Message[]> {
  const rows = messages.map(columns);
  await pool.query(
    INSERT_MANY,
    Array.from({ length: 7 }, (_, column) => rows.map((row) => row[column])),
  );
  return messages;
}

const sqs = new SQSClient({
  region: 'us-east-1',
  endpoint: process.env['AWS_ENDPOINT_URL'] ?? '',
  useQueueUrlAsEndpoint: false,
});
const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: process.env['QUEUE_NAME'] }));
const running = Array.from({ length: Number(consumers) }, () =>
  Consumer.create({
    queueUrl: QueueUrl,
    sqs,
    batchSize: Number(batchSize),
    ...(mode === 'batch' ? { handleMessageBatch } : { handleMessage }),
  }),
);
for (const consumer of running) {
  consumer.on('error', (error) => process.stderr.write(`${error.message}\n`));
  consumer.on('processing_error', (error) => process.stderr.write(`${error.message}\n`));
}
process.on('SIGTERM', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ msg: 'ready' })}\n`);
for (const consumer of running) consumer.start();
