import { EVEN_SO } from '../config/config.ts';
import { logVariables } from '../daemon/variables.ts';
import { databaseVariables } from '../postgres/variables.ts';
import { oneQueue, queueVariables } from '../sqs/variables.ts';
import { z } from 'zod';

/** The producers' environment variables; .env-template says what each is for. */
export const producersConfig = z
  .object({ ...logVariables, ...queueVariables })
  .superRefine(oneQueue, EVEN_SO);

/** With `--register`, the producers need PostgreSQL as well. */
export const registeringConfig = z
  .object({ ...logVariables, ...queueVariables, ...databaseVariables })
  .superRefine(oneQueue, EVEN_SO);

export type ProducersConfig = z.output<typeof producersConfig>;
export type RegisteringConfig = z.output<typeof registeringConfig>;
