import { z } from 'zod';
import { flag, whole } from '../config/config.ts';
import { daemonVariables } from '../daemon/variables.ts';
import { wireVariables } from '../http/variables.ts';
import { databaseVariables, sealingVariables } from '../postgres/variables.ts';
import { senderVariables } from '../sender/variables.ts';

/** The sender's environment variables; .env-template says what each is for. */
export const senderConfig = z.object({
  ...daemonVariables,
  // Another one than the processor's, so that both run on one machine without settings.
  HEALTH_PORT: whole(8_081, 0, 65_535),
  ...databaseVariables,
  ...sealingVariables,
  ...wireVariables,
  ...senderVariables,
  MIGRATE: flag(true),
});

export type SenderConfig = z.output<typeof senderConfig>;
