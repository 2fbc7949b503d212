import { commonVariables } from '#internal/daemon/config.ts';
import { databaseVariables } from '#internal/postgres/variables.ts';
import { oneQueue, queueVariables } from '#internal/sqs/variables.ts';
import { z } from 'zod';

const variables = { ...commonVariables, ...queueVariables };

/** The producers' environment variables; .env-template says what each is for. */
export const producersConfig = z.object(variables).superRefine(oneQueue);

/** With `--register` they need PostgreSQL as well. */
export const registeringConfig = z.object({ ...variables, ...databaseVariables }).superRefine(oneQueue);

export type ProducersConfig = z.output<typeof producersConfig>;
export type RegisteringConfig = z.output<typeof registeringConfig>;
