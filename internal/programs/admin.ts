import { EVEN_SO } from '../config/config.ts';
import { commonVariables, maxExpandedBytes } from '../daemon/config.ts';
import { databaseVariables } from '../postgres/variables.ts';
import { oneQueue, payloadVariables, queueVariables } from '../sqs/variables.ts';
import { z } from 'zod';

/** For the commands that need only PostgreSQL. */
export const databaseConfig = z.object({ ...commonVariables, ...databaseVariables });

/** For what reads the bodies of rejections. */
export const bodyConfig = z.object({ MAX_EXPANDED_BYTES: maxExpandedBytes });

/** For what decides rejections again. */
export const replayConfig = z.object({ ...payloadVariables, MAX_EXPANDED_BYTES: maxExpandedBytes });

/** For the commands that need only SQS. */
export const queueConfig = z.object({ ...commonVariables, ...queueVariables }).superRefine(oneQueue, EVEN_SO);

/** All that any command reads. */
export const adminConfig = z
  .object({
    ...commonVariables,
    ...databaseVariables,
    ...queueVariables,
    ...payloadVariables,
    MAX_EXPANDED_BYTES: maxExpandedBytes,
  })
  .superRefine(oneQueue, EVEN_SO);
