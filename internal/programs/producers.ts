import { EVEN_SO } from '../config/config.ts';
import { commonVariables } from '../daemon/config.ts';
import { oneQueue, queueVariables } from '../sqs/variables.ts';
import { z } from 'zod';

/** The producers' environment variables; .env-template says what each is for. */
export const producersConfig = z
  .object({ ...commonVariables, ...queueVariables })
  .superRefine(oneQueue, EVEN_SO);

export type ProducersConfig = z.output<typeof producersConfig>;
