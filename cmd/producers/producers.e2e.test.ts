import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSqs } from '#internal/embedded/sqs.ts';
import { decodeMessage } from '#internal/event/body/decode-message.ts';
import type { ReceivedMessage } from '#internal/processor/ports.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, openInbox, sqsEnvironment, type TestQueue } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';
import type { LedgerLine } from '#internal/load/ledger.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'producers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let ledgers = 0;
const ledgerPath = () => join(folder, `ledger-${(ledgers += 1)}`);

function readLedger(path: string): LedgerLine[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LedgerLine);
}

function start(
  queue: Pick<TestQueue, 'name' | 'endpoint'>,
  args: readonly string[],
  env: object = {},
): Program {
  return new Program('producers/main.ts', args, {
    ...sqsEnvironment(queue.endpoint),
    QUEUE_NAME: queue.name,
    ...env,
  });
}

/** All messages of the queue, taken off it. */
async function drain(queue: TestQueue): Promise<ReceivedMessage[]> {
  using inbox = await openInbox(queue);
  const { signal } = new AbortController();
  const all: ReceivedMessage[] = [];
  for (;;) {
    const messages = await inbox.receive(10, 0, signal);
    if (messages.length === 0) return all;
    all.push(...messages);
    await inbox.acknowledge(messages, signal);
  }
}

/** The id of every event as the processor reads it; without one the MessageId, with the position in an array. */
function ids(received: readonly ReceivedMessage[]): string[] {
  return received.flatMap((message) =>
    decodeMessage(message, { maxExpandedBytes: 1_048_576, queue: '', mappings: [] }).events.map((decoded) => {
      const { sqsMessageId } = message;
      const position = decoded.index === null ? sqsMessageId : `${sqsMessageId}-${decoded.index}`;
      return decoded.kind === 'event' ? decoded.event.eventId : (decoded.claims.eventId ?? position);
    }),
  );
}

describe('producers', () => {
  test('send exactly the count, with a ledger that names every event as it is found in the queue', async () => {
    await using queue = await createQueue();
    const path = ledgerPath();
    const options = ['--bad', '0.1', '--duplicates', '0.2', '--batch', '7', '--tenants', 'acme,globex'];
    await using producers = start(queue, ['--count', '1000', '--ledger', path, ...options]);
    expect(await producers.exited).toMatchObject({ code: 0 });
    const lines = readLedger(path);
    expect(lines).toHaveLength(1_000);
    expect(lines.every(({ outcome }) => outcome === 'ok')).toBe(true);
    expect(new Set(lines.map(({ tenant }) => tenant))).toEqual(new Set(['acme', 'globex']));
    expect(ids(await drain(queue)).sort()).toEqual(lines.map(({ id }) => id).sort());
    expect(producers.stdout).toMatch(
      /^sent 1000 events in \d+ SQS messages in [\d.]+ s, \d+ events\/s, seed \d+\n/,
    );
    for (const kind of ['good', 'duplicate', 'bad']) {
      const count = lines.filter((line) => line.kind === kind).length;
      expect(producers.stdout).toContain(`${kind} ${count}`);
    }
  });

  test.each(['gzip', 'zstd'])('send arrays as %s, with a ledger that is true', async (encoding) => {
    await using queue = await createQueue();
    const path = ledgerPath();
    const options = ['--bad', '0.1', '--duplicates', '0.2', '--batch', '100', '--compress', encoding];
    await using producers = start(queue, ['--count', '1000', '--ledger', path, ...options]);
    expect(await producers.exited).toMatchObject({ code: 0 });
    const lines = readLedger(path);
    const messages = await drain(queue);
    expect(messages.every(({ attributes }) => attributes['content-encoding'] === encoding)).toBe(true);
    expect(ids(messages).sort()).toEqual(lines.map(({ id }) => id).sort());
    const full = messages.find(({ body }) => body.length > 2_000)?.body ?? '';
    expect(full).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(full.length).toBeLessThan(20_000); // of 30 to 40 kB
  });

  test('send the same events for the same seed, and the seed is told', async () => {
    const bodies: string[][] = [];
    const args = ['--count', '200', '--bad', '0.2', '--duplicates', '0.2', '--concurrency', '1'];
    let seed: string[] = [];
    for (let run = 0; run < 2; run += 1) {
      await using queue = await createQueue();
      await using producers = start(queue, [...args, ...seed]);
      expect(await producers.exited).toMatchObject({ code: 0 });
      seed = ['--seed', /seed (\d+)/.exec(producers.stdout)?.[1] ?? ''];
      bodies.push((await drain(queue)).map(({ body }) => body.replace(/"occurred_at":"[^"]*"/, '')));
    }
    expect(bodies[0]).toHaveLength(200);
    expect(bodies[1]).toEqual(bodies[0]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'run without options until %s, then end with a summary',
    async (signal) => {
      await using queue = await createQueue();
      await using producers = start(queue, []);
      await until(async () => (await queue.counts()).total >= 9, { what: 'events in the queue' });
      producers.signal(signal);
      expect(await producers.exited).toEqual({ code: 0, signal: null });
      const bodies = (await drain(queue)).map(({ body }) => body);
      const count = /^sent (\d+) events/.exec(producers.stdout)?.[1];
      expect(Number(count)).toBe(bodies.length);
      for (const name of ['monitor-app', 'transaction-app', 'user-app']) {
        expect(
          bodies.filter((body) => body.includes(`"event_type":"${name}"`)).length,
        ).toBeGreaterThanOrEqual(3);
      }
    },
  );

  test('refuse a queue that is missing, and make it when told to', async () => {
    await using queue = await createQueue();
    const missing = { name: `${queue.name}-missing`, endpoint: queue.endpoint };
    await using refusing = start(missing, ['--count', '1']);
    expect(await refusing.exited).toMatchObject({ code: 2 });
    expect(refusing.stderr).toMatch(
      /^producers: the queue .*-missing does not exist.*QUEUE_CREATE=true.*\n$/,
    );
    await using making = start(missing, ['--count', '1'], { QUEUE_CREATE: 'true' });
    expect(await making.exited).toMatchObject({ code: 0 });
  });

  test('send to a FIFO queue', async () => {
    await using queue = await createQueue();
    const fifo = { name: `${queue.name}.fifo`, endpoint: queue.endpoint };
    await using producers = start(fifo, ['--count', '50', '--duplicates', '0.5'], { QUEUE_CREATE: 'true' });
    expect(await producers.exited).toMatchObject({ code: 0 });
    expect(producers.stdout).toContain('sent 50 events in 50 SQS messages');
  });

  test('tell everything that is wrong with the command line and exit with 2', async () => {
    await using producers = new Program('producers/main.ts', [
      '--count',
      'many',
      '--rate',
      '-1',
      '--format',
      'xml',
    ]);
    expect(await producers.exited).toMatchObject({ code: 2 });
    for (const option of ['count', 'rate', 'format'])
      expect(producers.stderr).toContain(`--${option} must be`);
    expect(producers.stderr).not.toMatch(/\n\s+at /);
    await using unknown = new Program('producers/main.ts', ['--no-such-option']);
    expect(await unknown.exited).toMatchObject({ code: 2 });
    await using help = new Program('producers/main.ts', ['--help']);
    expect(await help.exited).toMatchObject({ code: 0 });
    expect(help.stdout).toContain('--duplicates');
  });

  test('tell everything that is wrong with the environment and exit with 2', async () => {
    await using producers = start({ name: 'no good name', endpoint: 'nowhere' }, ['--count', '1']);
    expect(await producers.exited).toMatchObject({ code: 2 });
    expect(producers.stderr).toContain('AWS_ENDPOINT_URL must be a URL');
    expect(producers.stderr).toContain('QUEUE_NAME must be a queue name');
  });

  test('say that the ledger cannot be written before anything is sent', async () => {
    await using queue = await createQueue();
    await using producers = start(queue, ['--count', '5', '--ledger', join(folder, 'none', 'ledger')]);
    expect(await producers.exited).toMatchObject({ code: 2 });
    expect(producers.stderr).toContain('cannot be written: ENOENT');
    expect(await queue.counts()).toMatchObject({ total: 0 });
  });

  test('say that SQS is not there', async () => {
    await using producers = start({ name: 'events', endpoint: 'http://127.0.0.1:1' }, []);
    expect(await producers.exited).toMatchObject({ code: 1 });
    expect(producers.stderr).toContain('SQS at http://127.0.0.1:1 cannot be reached (ECONNREFUSED)');
  });
});

describe('producers whose SQS goes away', () => {
  test('go on when it is back, with a ledger that is true', async () => {
    await using sqs = await startSqs({ folder: mkdtempSync(join(folder, 'sqs-')) });
    const queue = await createQueue({ endpoint: sqs.endpoint });
    const path = ledgerPath();
    await using producers = start(queue, ['--count', '2000', '--rate', '1000', '--ledger', path]);
    await until(async () => (await queue.counts()).total >= 200, { what: 'events in the queue' });
    await sqs.stop();
    await until(() => producers.stderr.includes('SQS does not answer; retrying'), { what: 'the complaint' });
    await sqs.start();
    expect(await producers.exited).toMatchObject({ code: 0 });
    const lines = readLedger(path);
    expect(lines).toHaveLength(2_000);
    const found = new Set(ids(await drain(queue)));
    const { ok = [], unknown = [], failed = [] } = Object.groupBy(lines, ({ outcome }) => outcome);
    expect(failed).toEqual([]);
    expect(ok.filter(({ id }) => !found.has(id))).toEqual([]);
    expect(found.size).toBeLessThanOrEqual(ok.length + unknown.length);
    expect(producers.stderr).toContain('SQS answers again');
    queue.client.destroy();
  });

  test('end at Ctrl-C with a summary, and exit code 1 for what was not sent', async () => {
    await using sqs = await startSqs();
    const queue = await createQueue({ endpoint: sqs.endpoint });
    await using producers = start(queue, ['--rate', '200']);
    await until(async () => (await queue.counts()).total >= 20, { what: 'events in the queue' });
    queue.client.destroy();
    await sqs.stop();
    await until(() => producers.stderr.includes('SQS does not answer; retrying'), { what: 'the complaint' });
    producers.signal('SIGINT');
    const { code } = await producers.exited;
    const failed = /failed (\d+), unknown \d+/.exec(producers.stdout)?.[1];
    expect(code).toBe(Number(failed) > 0 ? 1 : 0);
  });
});
