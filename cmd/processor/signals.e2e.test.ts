import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createDatabase } from '#internal/proof/kit/database.ts';
import { plainBodies } from '#internal/proof/kit/events.ts';
import { Program } from '#internal/proof/kit/program.ts';
import { createQueue, sqsEnvironment } from '#internal/proof/kit/queue.ts';
import { until } from '#internal/proof/kit/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('SIGHUP of a terminal that was closed drains like SIGTERM, although nobody reads the log', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const env = {
    ...sqsEnvironment(queue.endpoint),
    DATABASE_URL: database.url,
    QUEUE_NAME: queue.name,
    HEALTH_PORT: '0',
  };
  await using processor = new Program('processor/main.ts', [], env);
  await processor.logged('ready');
  await queue.send(plainBodies(200));
  processor.closeOutput();
  processor.signal('SIGHUP');
  expect(await processor.exited).toEqual({ code: 0, signal: null });
  // What the signal has cut off on its way to a poll is in flight until its visibility timeout; nothing stored is.
  const { total } = await queue.counts();
  expect((await database.pool.query('select from message')).rowCount).toBe(200 - total);
});

// npm runs a script in a shell, and forwards signals only to that shell.
test.skipIf(process.platform === 'win32')('SIGTERM to what npm starts reaches the processor', async () => {
  await using database = await createDatabase();
  await using queue = await createQueue();
  const { scripts } = JSON.parse(await readFile(resolve(ROOT, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  const shell = spawn('/bin/sh', ['-c', scripts['processor'] ?? ''], {
    cwd: ROOT,
    env: {
      ...sqsEnvironment(queue.endpoint),
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      DATABASE_URL: database.url,
      QUEUE_NAME: queue.name,
      HEALTH_PORT: '0',
    },
  });
  const exited = new Promise<number | null>((done) => shell.once('exit', done));
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await until(() => output.includes('"msg":"ready"'), { what: 'the processor', timeoutMs: 60_000 });
  shell.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(output).toContain('"msg":"stopped"');
});
