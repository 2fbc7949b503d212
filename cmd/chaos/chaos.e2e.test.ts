import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { Program } from '#internal/proof/kit/program.ts';
import { until } from '#internal/proof/kit/until.ts';

const SLOW_MACHINE_MS = 240_000;

/** Rounds take long: they are left to CI, which sets LONG_PROOFS=true. */
const isLong = process.env['LONG_PROOFS'] === 'true';
const FAULTS = [
  'kill-after-commit',
  'duplicates',
  'postgres-stopped-immediate',
  'sender-drained',
  'receivers-fail',
];

test.runIf(isLong).each(FAULTS)(
  'no promise is broken under %s',
  { timeout: SLOW_MACHINE_MS },
  async (fault) => {
    const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
    const report = join(folder, 'report.md');
    await using chaos = new Program('chaos/main.ts', [
      '--fault',
      fault,
      '--seed',
      '5',
      '--events',
      '400',
      '--report',
      report,
    ]);
    const { code } = await chaos.exited;
    expect({ code, broken: chaos.stderr.match(/broken: .*/g) }).toEqual({ code: 0, broken: null });
    const table = await readFile(report, 'utf8');
    expect(table).toMatch(
      new RegExp(`^\\| ${fault} \\| [^|]+ \\| 1 \\| 0 \\| [1-9]\\d* \\| \\d{3} \\| 0 \\|`, 'm'),
    );
    expect(chaos.stdout).toBe(table);
    await rm(folder, { recursive: true });
  },
);

test('ends at once at a second Ctrl-C, and leaves no folder', { timeout: SLOW_MACHINE_MS }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
  await chmod(folder, 0o755); // as root, we run PostgreSQL as another user
  await using chaos = new Program('chaos/main.ts', ['--rounds', '100', '--events', '100000'], {
    TMPDIR: folder,
  });
  const at = (text: string) => until(() => chaos.stderr.includes(text), { what: text, timeoutMs: 120_000 });
  const isSending = async () =>
    (await readdir(folder, { recursive: true })).some((name) => name.endsWith('.jsonl'));
  await until(isSending, { what: 'the first events', timeoutMs: 120_000 });
  chaos.signal('SIGINT');
  await at('ending after this round');
  chaos.signal('SIGTERM');
  await at('ending now');
  expect((await chaos.exited).code).toBe(0);
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

test('lists its faults', async () => {
  await using chaos = new Program('chaos/main.ts', ['--list']);
  expect((await chaos.exited).code).toBe(0);
  expect(chaos.stdout).toContain('kill-before-commit');
});

test.each([
  ['--fault', 'nothing'],
  ['--rounds', '0'],
  ['--rounds', '1', '--minutes', '1'],
])('refuses a wrong command line: %s %s', async (...args) => {
  await using chaos = new Program('chaos/main.ts', args);
  expect((await chaos.exited).code).toBe(2);
});
