import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Program } from '#internal/testkit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/testkit/queue.ts';
import { until } from '#internal/testkit/until.ts';
import type { LedgerLine } from './ledger.ts';

async function ledgerFile(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'ledger-')), 'ledger.jsonl');
}

async function readLedger(file: string): Promise<LedgerLine[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LedgerLine);
}

test('sends exactly the wanted events and writes down every one', async () => {
  await using queue = await createQueue();
  const ledger = await ledgerFile();
  const args = [
    '--count',
    '500',
    '--bad',
    '0.1',
    '--duplicates',
    '0.1',
    '--tenants',
    'a,b',
    '--seed',
    '7',
    '--ledger',
    ledger,
  ];
  await using producers = new Program('producers/main.ts', args, {
    ...sqsEnvironment(),
    QUEUE_NAME: queue.name,
  });
  expect(await producers.exited).toEqual({ code: 0, signal: null });
  expect(producers.stdout).toContain('sent 500 events');
  const lines = await readLedger(ledger);
  expect(lines).toHaveLength(500);
  expect(lines.every(({ outcome }) => outcome === 'ok')).toBe(true);
  expect(new Set(lines.map(({ tenant }) => tenant))).toEqual(new Set(['a', 'b']));
  expect((await queue.counts()).total).toBe(500);
});

test('the same seed sends the same events', async () => {
  const ledgers: string[][] = [];
  for (let run = 0; run < 2; run += 1) {
    await using queue = await createQueue();
    const ledger = await ledgerFile();
    const args = [
      '--count',
      '100',
      '--seed',
      '42',
      '--batch',
      '7',
      '--format',
      'cloudevents',
      '--ledger',
      ledger,
    ];
    await using producers = new Program('producers/main.ts', args, {
      ...sqsEnvironment(),
      QUEUE_NAME: queue.name,
    });
    expect((await producers.exited).code).toBe(0);
    ledgers.push((await readLedger(ledger)).map(({ id, kind }) => `${id} ${kind}`).toSorted());
  }
  expect(ledgers[0]).toEqual(ledgers[1]);
});

test('without options sends until Ctrl-C, then sums up', async () => {
  await using queue = await createQueue();
  await using producers = new Program('producers/main.ts', [], {
    ...sqsEnvironment(),
    QUEUE_NAME: queue.name,
  });
  await until(async () => (await queue.counts()).total >= 9, { what: 'three rounds' });
  producers.signal('SIGINT');
  expect((await producers.exited).code).toBe(0);
  expect(producers.stdout).toMatch(/sent \d+ events/);
});

test('says what is wrong with options and queue', async () => {
  await using options = new Program('producers/main.ts', ['--bad', '7'], sqsEnvironment());
  expect((await options.exited).code).toBe(2);
  expect(options.stderr).toContain('share from 0 to 1');
  await using missing = new Program('producers/main.ts', [], { ...sqsEnvironment(), QUEUE_NAME: 'nowhere' });
  expect((await missing.exited).code).toBe(1);
  expect(missing.stderr).toContain('the queue nowhere does not exist');
});
