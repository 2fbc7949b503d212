import { EVEN_SO } from '../config/config.ts';
import { logVariables } from '../daemon/variables.ts';
import { wireVariables } from '../http/variables.ts';
import { databaseVariables, sealingVariables } from '../postgres/variables.ts';
import { processorVariables } from '../processor/variables.ts';
import { oneQueue, payloadVariables, queueVariables } from '../sqs/variables.ts';
import { z } from 'zod';

const { MAX_EXPANDED_BYTES } = processorVariables;

/** For the commands that need only PostgreSQL. */
export const databaseConfig = z.object({ ...logVariables, ...databaseVariables });

/** For the commands that read the bodies of rejections. */
export const bodyConfig = z.object({ MAX_EXPANDED_BYTES });

/** For the commands that decide rejections again. */
export const replayConfig = z.object({ ...payloadVariables, MAX_EXPANDED_BYTES });

/** For the commands that need only SQS. */
export const queueConfig = z.object({ ...logVariables, ...queueVariables }).superRefine(oneQueue, EVEN_SO);

/** For the commands that seal or open secrets of endpoints. */
export const sealingConfig = z.object(sealingVariables);

/** For the commands that send to endpoints, or check where is sent to. */
export const wireConfig = z.object(wireVariables);

/** All variables that any command reads. */
export const adminConfig = z
  .object({
    ...logVariables,
    ...databaseVariables,
    ...queueVariables,
    ...payloadVariables,
    MAX_EXPANDED_BYTES,
  })
  .superRefine(oneQueue, EVEN_SO);
