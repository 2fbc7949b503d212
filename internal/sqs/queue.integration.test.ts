import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sqsEnvironment } from '../proof/kit/queue.ts';
import { until } from '../proof/kit/until.ts';
import { openSqs } from './client.ts';
import { openQueue, QueueMissingError } from './open-queue.ts';
import { createQueue, describeQueue, findQueue, nameOf, type QueueSettings } from './queue.ts';

let client: SQSClient;
const endpoint = inject('sqsEndpoint');

beforeAll(() => {
  Object.assign(process.env, sqsEnvironment());
  client = openSqs({ region: 'us-east-1', endpoint, maxSockets: 20 });
});

afterAll(() => client.destroy());

function settings(ending = ''): QueueSettings {
  const name = `queue-${randomUUID()}`;
  return {
    name: name + ending,
    deadLetterName: `${name}-dead-letter${ending}`,
    maxReceiveCount: 3,
    visibilityTimeoutSeconds: 45,
  };
}

describe('createQueue', () => {
  it('creates the queue and its dead-letter queue, both with a retention of 14 days', async () => {
    const wanted = settings();
    const { url } = await createQueue(client, wanted);
    const queue = await describeQueue(client, url);
    expect(queue).toMatchObject({
      visibilityTimeoutSeconds: 45,
      redrive: { deadLetterName: wanted.deadLetterName, maxReceiveCount: 3 },
      visible: 0,
      inFlight: 0,
      delayed: 0,
    });
    const found = await findQueue(client, { name: wanted.deadLetterName });
    const deadLetter = await describeQueue(client, found?.url ?? '');
    // ElasticMQ keeps messages for ever and reports no retention.
    const keeps = queue.retentionSeconds === undefined ? undefined : 1_209_600;
    expect([queue.retentionSeconds, deadLetter.retentionSeconds]).toEqual([keeps, keeps]);
    expect(queue.maximumMessageBytes).not.toBeNaN();
  });

  it('keeps the settings of an existing queue', async () => {
    const wanted = settings();
    const first = await createQueue(client, wanted);
    expect(
      await createQueue(client, { ...wanted, visibilityTimeoutSeconds: 99, maxReceiveCount: 9 }),
    ).toEqual(first);
    expect(await describeQueue(client, first.url)).toMatchObject({
      visibilityTimeoutSeconds: 45,
      redrive: { maxReceiveCount: 3 },
    });
  });

  it('gives a queue without a dead-letter queue one', async () => {
    const wanted = settings();
    await client.send(new CreateQueueCommand({ QueueName: wanted.name }));
    const { url } = await createQueue(client, wanted);
    expect(await describeQueue(client, url)).toMatchObject({
      redrive: { deadLetterName: wanted.deadLetterName, maxReceiveCount: 3 },
    });
  });

  it('may be called by several programs at once, even with different settings', async () => {
    const wanted = settings();
    const queues = await Promise.all(
      [10, 20, 30, 40].map((seconds) =>
        createQueue(client, { ...wanted, visibilityTimeoutSeconds: seconds }),
      ),
    );
    expect(new Set(queues.map(({ url }) => url)).size).toBe(1);
  });

  it('creates FIFO queues by their names', async () => {
    const wanted = settings('.fifo');
    const { url } = await createQueue(client, wanted);
    const send = {
      QueueUrl: url,
      MessageBody: 'one',
      MessageGroupId: 'default',
      MessageDeduplicationId: 'one',
    };
    await client.send(new SendMessageCommand(send));
    await client.send(new SendMessageCommand(send));
    expect(await describeQueue(client, url)).toMatchObject({
      visible: 1,
      redrive: { deadLetterName: wanted.deadLetterName },
    });
  });

  it('sets a redrive policy that works: a message received too often goes to the dead-letter queue', async () => {
    const wanted = settings();
    const { url } = await createQueue(client, wanted);
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'poison' }));
    const deadLetter = await findQueue(client, { name: wanted.deadLetterName });
    await until(
      async () => {
        await client.send(
          new ReceiveMessageCommand({ QueueUrl: url, VisibilityTimeout: 0, WaitTimeSeconds: 0 }),
        );
        return (await describeQueue(client, deadLetter?.url ?? '')).visible === 1;
      },
      { what: 'the message in the dead-letter queue' },
    );
    expect(await describeQueue(client, url)).toMatchObject({ visible: 0, inFlight: 0 });
  });
});

describe('findQueue', () => {
  it('finds a queue by its name and by its URL', async () => {
    const wanted = settings();
    const queue = await createQueue(client, wanted);
    expect(await findQueue(client, { name: wanted.name })).toEqual(queue);
    expect(await findQueue(client, { url: queue.url })).toEqual(queue);
  });

  it('returns undefined for a queue that does not exist', async () => {
    const { name } = settings();
    const { url } = await createQueue(client, settings());
    expect(await findQueue(client, { name })).toBeUndefined();
    expect(await findQueue(client, { url: url.replace(nameOf(url), name) })).toBeUndefined();
  });
});

describe('openQueue', () => {
  const wantedOf = (wanted: QueueSettings, create: boolean) => ({
    reference: { name: wanted.name },
    endpoint,
    create,
    settings: wanted,
  });

  it('refuses a missing queue and says what to do', async () => {
    const opening = openQueue(client, wantedOf(settings(), false));
    await expect(opening).rejects.toThrow(QueueMissingError);
    await expect(opening).rejects.toThrow(/does not exist at http.*QUEUE_CREATE=true/);
  });

  it('creates a missing queue when told to, and says so', async () => {
    const wanted = wantedOf(settings(), true);
    expect(await openQueue(client, wanted)).toMatchObject({ created: true });
    expect(await openQueue(client, wanted)).toMatchObject({ created: false });
  });

  it('explains that SQS cannot be reached', async () => {
    const nowhere = openSqs({ region: 'us-east-1', endpoint: 'http://127.0.0.1:1', maxSockets: 1 });
    const opening = openQueue(nowhere, { ...wantedOf(settings(), false), endpoint: 'http://127.0.0.1:1' });
    await expect(opening).rejects.toThrow('SQS at http://127.0.0.1:1 cannot be reached (ECONNREFUSED)');
    nowhere.destroy();
  });
});

describe('nameOf', () => {
  it('reads the name from a queue URL, with or without a slash at its end', () => {
    expect(nameOf('https://sqs.eu-central-1.amazonaws.com/123456789012/events')).toBe('events');
    expect(nameOf('http://localhost:4566/000000000000/events/')).toBe('events');
    expect(nameOf('http://sqs.eu-central-1.127.0.0.1:4566/000000000000/events')).toBe('events');
  });
});
