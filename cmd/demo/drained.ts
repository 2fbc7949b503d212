import process from 'node:process';
import { ProgramError } from '#internal/daemon/program.ts';
import type { ChildProgram } from '#internal/embedded/program.ts';
import { openSqs } from '#internal/sqs/client.ts';
import { describeQueue, findQueue } from '#internal/sqs/queue.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import type { Stack } from './stack.ts';

/** Resolves when the queue is empty: no message waits, is in flight or delayed. */
export async function drained({ env }: Stack, processor: ChildProgram, stop: AbortSignal): Promise<void> {
  const client = openSqs({ region: env['AWS_REGION'], endpoint: env['AWS_ENDPOINT_URL'], maxSockets: 1 });
  process.env['AWS_ACCESS_KEY_ID'] ??= env['AWS_ACCESS_KEY_ID'];
  process.env['AWS_SECRET_ACCESS_KEY'] ??= env['AWS_SECRET_ACCESS_KEY'];
  try {
    const queue = await findQueue(client, { name: env['QUEUE_NAME'] ?? '' });
    if (queue === undefined) throw new ProgramError('the queue of the demo is gone');
    while (!stop.aborted) {
      if (processor.ended) throw processor.failure();
      const { visible, inFlight, delayed } = await describeQueue(client, queue.url);
      if (visible + inFlight + delayed === 0) return;
      await sleep(50, stop);
    }
    throw new ProgramError('stopped before the queue was drained');
  } finally {
    client.destroy();
  }
}
