import { commonVariables, maxExpandedBytes, processorVariables } from '#internal/config/variables.ts';
import { databaseVariables } from '#internal/postgres/variables.ts';
import { oneQueue, payloadVariables, queueVariables } from '#internal/sqs/variables.ts';
import { z } from 'zod';

/** For the commands that need only PostgreSQL. */
export const databaseConfig = z.object({ ...commonVariables, ...databaseVariables });

/** For what reads the bodies of rejections. */
export const bodyConfig = z.object({ MAX_EXPANDED_BYTES: maxExpandedBytes });

/** For what decides rejections again. */
export const replayConfig = z.object({ ...payloadVariables, MAX_EXPANDED_BYTES: maxExpandedBytes });

/** For the commands that need only SQS. */
export const queueConfig = z.object({ ...commonVariables, ...queueVariables }).superRefine(oneQueue);

/** For `doctor`, which looks at all of it. */
export const doctorConfig = z
  .object({
    ...commonVariables,
    ...queueVariables,
    ...processorVariables,
    ...databaseVariables,
  })
  .superRefine(oneQueue);
