import { EVEN_SO } from '../config/config.ts';
import { logVariables } from '../daemon/variables.ts';
import { oneQueue, queueVariables } from '../sqs/variables.ts';
import { z } from 'zod';

/** The producers' environment variables; .env-template says what each is for. */
export const producersConfig = z
  .object({ ...logVariables, ...queueVariables })
  .superRefine(oneQueue, EVEN_SO);

export type ProducersConfig = z.output<typeof producersConfig>;
