import { expect, test } from 'vitest';
import { Program } from '#internal/proof/kit/program.ts';
import { until } from '#internal/proof/kit/until.ts';

/** How the demo ended; unless that was well, with all that it said. */
async function endOf(demo: Program): Promise<string> {
  const { code, signal } = await demo.exited;
  return code === 0 ? 'exit code 0' : `${code ?? signal}: ${demo.stdout}\n${demo.stderr}`;
}

test('the demo ends balanced, with a JSON object as its last line', async () => {
  await using demo = new Program('demo/main.ts', ['--events', '1000', '--receivers-fail', '0.1']);
  expect(await endOf(demo)).toBe('exit code 0');
  const verdict = JSON.parse(demo.stdout.trimEnd().split('\n').at(-1) ?? '') as {
    stored: number;
    rejected: number;
    duplicates: number;
    delivered: number;
    failedRequests: number;
  };
  expect(verdict).toMatchObject({ sent: 1000, balanced: true });
  expect(verdict.stored + verdict.rejected + verdict.duplicates).toBe(1000);
  expect(verdict.rejected).toBeGreaterThan(0);
  expect(verdict.delivered).toBe(verdict.stored);
  expect(verdict.failedRequests).toBeGreaterThan(0);
});

test('without a sender, the demo ends with what was stored', async () => {
  await using mistaken = new Program('demo/main.ts', ['--no-sender', '--receivers-fail', '0.1']);
  expect((await mistaken.exited).code).toBe(2);
  expect(mistaken.stderr).toContain('leave out one of them');
  await using demo = new Program('demo/main.ts', ['--events', '300', '--no-sender']);
  expect(await endOf(demo)).toBe('exit code 0');
  expect(demo.stdout).toContain('"balanced":true');
  expect(demo.stdout).not.toContain('delivered');
});

test('the demo ends at Ctrl-C, drained and balanced', async () => {
  await using demo = new Program('demo/main.ts');
  await until(() => demo.stdout.includes('received'), { what: 'live counters', timeoutMs: 60_000 });
  demo.signal('SIGINT');
  expect(await endOf(demo)).toBe('exit code 0');
  expect(demo.stdout).toContain('"balanced":true');
});

test('the demo ends balanced at a Ctrl-C that comes before its producers can hear of it', async () => {
  await using demo = new Program('demo/main.ts');
  await until(() => demo.stdout.includes('Ctrl-C to end'), { what: 'the start', timeoutMs: 60_000 });
  demo.signal('SIGINT');
  expect(await endOf(demo)).toBe('exit code 0');
  expect(demo.stdout).toContain('"balanced":true');
});
