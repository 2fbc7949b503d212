import { queueOf } from '#internal/sqs/variables.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { openSqs } from '#internal/sqs/client.ts';
import { explainSqsError, isMisconfigured } from '#internal/sqs/errors.ts';
import { openQueue } from '#internal/sqs/open-queue.ts';
import { describeQueue, type Queue } from '#internal/sqs/queue.ts';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { ProducersConfig } from '#internal/programs/producers.ts';

/** An answer that takes longer counts as lost. */
const REQUEST_TIMEOUT_MS = 15_000;
/** SQS accepts 1 MiB in one send; the difference is room for all but the bodies. */
const SEND_BYTES = 1_000_000;
/** The limit of SQS before August 2025; emulators and queues of that time still have it. */
const OLD_LIMIT_BYTES = 262_144;

export interface Target extends Disposable {
  readonly client: SQSClient;
  readonly queue: Queue;
  readonly fifo: boolean;
  readonly bytesPerBody: number;
  readonly bytesPerSend: number;
  /** Explains an error of SQS in a sentence. */
  readonly explain: (error: unknown) => string;
}

/**
 * Finds the queue to send to, or creates it if so configured.
 * @throws ProgramError when it is missing or SQS cannot be used
 */
export async function openTarget(config: ProducersConfig, concurrency: number): Promise<Target> {
  const wanted = queueOf(config);
  const { endpoint, region } = wanted;
  const client = openSqs({
    region,
    endpoint,
    maxSockets: concurrency,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    // A retry of a send that had arrived would send it twice, unnoticed.
    maxAttempts: 1,
  });
  try {
    const { queue } = await openQueue(client, wanted);
    return {
      client,
      queue,
      fifo: queue.name.endsWith('.fifo'),
      explain: (error) => explainSqsError(error, { endpoint, queue: queue.name }),
      ...(await limitsOf(client, queue)),
      [Symbol.dispose]: () => client.destroy(),
    };
  } catch (error) {
    client.destroy();
    if (!isMisconfigured(error)) throw error;
    throw new ProgramError((error as Error).message, { exitCode: 2, cause: error });
  }
}

/** Returns the old, smaller limits if this user may not read the queue's attributes: sending does not require that. */
async function limitsOf(
  client: SQSClient,
  queue: Queue,
): Promise<{ bytesPerBody: number; bytesPerSend: number }> {
  const body = await describeQueue(client, queue.url).then(
    ({ maximumMessageBytes }) => maximumMessageBytes ?? OLD_LIMIT_BYTES,
    () => OLD_LIMIT_BYTES,
  );
  return {
    bytesPerBody: Math.min(body, SEND_BYTES),
    bytesPerSend: Math.min(SEND_BYTES, Math.max(body, OLD_LIMIT_BYTES)),
  };
}
