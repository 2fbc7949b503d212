import { logVariables } from '#internal/daemon/variables.ts';
import { oneQueue, queueVariables } from '#internal/sqs/variables.ts';
import { z } from 'zod';

/** The producers' environment variables; .env-template says what each is for. */
export const producersConfig = z.object({ ...logVariables, ...queueVariables }).superRefine(oneQueue);

export type ProducersConfig = z.output<typeof producersConfig>;
