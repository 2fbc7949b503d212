import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Program } from '#internal/proof/kit/program.ts';

/** What takes long is left to CI, which sets LONG_PROOFS=true. */
const isLong = process.env['LONG_PROOFS'] === 'true';

test.runIf(isLong)('bench profile drains a queue, checks the rows and writes what it measured', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    await using bench = new Program('bench/main.ts', ['profile', '--events', '1000', '--out', folder]);
    expect(await bench.exited).toMatchObject({ code: 0 });
    const { result, times } = JSON.parse(await readFile(join(folder, 'profile.json'), 'utf8')) as {
      result: { events: number; eventsPerSecond: number; cpuSecondsPer10k: number };
      times: { rooms: { name: string }[] };
    };
    expect(result.events).toBe(1_000);
    expect(result.eventsPerSecond).toBeGreaterThan(0);
    expect(result.cpuSecondsPer10k).toBeGreaterThan(0);
    expect(times.rooms.map(({ name }) => name)).toContain('internal/processor');
    expect(await readFile(join(folder, 'profile.md'), 'utf8')).toContain(
      '1000 events, 1 a message, stub queue',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.runIf(isLong)(
  'bench deliver delivers a backlog with the bare loop and the sender, and judges what it measured',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    try {
      const args = [
        'deliver',
        '--only',
        'one,failing',
        '--messages',
        '200',
        '--rounds',
        '1',
        '--out',
        folder,
      ];
      await using bench = new Program('bench/main.ts', args);
      expect(await bench.exited).toMatchObject({ code: 0 });
      const { rounds, goals } = JSON.parse(await readFile(join(folder, 'deliver.json'), 'utf8')) as {
        rounds: Record<string, number>[];
        goals: { what: string }[];
      };
      expect(rounds).toHaveLength(1);
      for (const figure of ['bare.rate', 'bare.cpu', 'one.rate', 'one.cpu', 'one.megabytes'])
        expect(rounds[0]?.[figure]).toBeGreaterThan(0);
      expect(rounds[0]).toMatchObject({ 'failing.lost': 0, 'failing.unrecorded': 0 });
      expect(goals).toHaveLength(6);
      expect(await readFile(join(folder, 'deliver.md'), 'utf8')).toContain('| sender, one endpoint |');
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test.runIf(isLong)('bench lanes compares the storing statement with lanes and without', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    await using bench = new Program('bench/main.ts', ['lanes', '--rounds', '1', '--out', folder]);
    expect(await bench.exited).toMatchObject({ code: 0 });
    const { results } = JSON.parse(await readFile(join(folder, 'lanes.json'), 'utf8')) as {
      results: { events: number; costs: { cpuSecondsPer10k: number; walBytesPerEvent: number }[] }[];
    };
    expect(results.map(({ events, costs }) => [events, costs.length])).toEqual([
      [500, 3],
      [50, 3],
      [10, 3],
      [500, 3],
    ]);
    for (const { cpuSecondsPer10k, walBytesPerEvent } of results.flatMap(({ costs }) => costs)) {
      expect(cpuSecondsPer10k).toBeGreaterThan(0);
      expect(walBytesPerEvent).toBeGreaterThan(0);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  [['deliver', '--only', 'two'], 'Expected some of one, hundred,'],
  [['growth', '--millions', '1,x'], 'Expected numbers from 0 to 1000, separated by commas.'],
  [['compare', '--rounds', '0'], 'Expected a whole number from 1 to 100.'],
  [['soak', '--minutes', 'long'], 'Expected a whole number from 1 to 10000.'],
  [['heal', '--rejections', '0'], 'Expected whole numbers from 1 to 100000000, separated by commas.'],
  [['--scale', '2'], 'Expected a number above 0 and at most 1.'],
  [['sprint', '--rounds', '0'], '(--help explains it) cannot be used'],
])('bench %j says what is wrong', async (args, words) => {
  await using bench = new Program('bench/main.ts', args);
  expect(await bench.exited).toMatchObject({ code: 2 });
  expect(bench.stderr).toContain(words);
});
