import { logVariables, workerVariables } from '#internal/daemon/variables.ts';
import { databaseVariables } from '#internal/postgres/variables.ts';
import { processorVariables } from '#internal/processor/variables.ts';
import { oneQueue, payloadVariables, queueVariables } from '#internal/sqs/variables.ts';
import { z } from 'zod';

const { MAX_EXPANDED_BYTES, BATCH_AGE_MS, STORE_CONNECTIONS } = processorVariables;

/** For the commands that need only PostgreSQL. */
export const databaseConfig = z.object({ ...logVariables, ...databaseVariables });

/** For what reads the bodies of rejections. */
export const bodyConfig = z.object({ MAX_EXPANDED_BYTES });

/** For what decides rejections again. */
export const replayConfig = z.object({ ...payloadVariables, MAX_EXPANDED_BYTES });

/** For the commands that need only SQS. */
export const queueConfig = z.object({ ...logVariables, ...queueVariables }).superRefine(oneQueue);

/** For `doctor`, which looks at all of it. */
export const doctorConfig = z
  .object({
    ...logVariables,
    ...queueVariables,
    ...workerVariables,
    BATCH_AGE_MS,
    STORE_CONNECTIONS,
    ...databaseVariables,
  })
  .superRefine(oneQueue);
