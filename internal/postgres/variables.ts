import { flag } from '../config/config.ts';
import { z } from 'zod';
import { readSealingKeys } from './sealing-keys.ts';
import { parseDatabaseUrl } from './url.ts';

/** Variables of every program that uses PostgreSQL. */
export const databaseVariables = {
  DATABASE_URL: z
    .string('is missing: the PostgreSQL to use, such as postgres://user:password@localhost:5432/events')
    .superRefine((value, context) => {
      try {
        parseDatabaseUrl(value);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
      }
    }),
  /** Use an RDS token, made with the AWS credentials for each connection, instead of a password. */
  DATABASE_IAM_AUTH: flag(false),
};

/** Variables of programs that seal or open secrets of endpoints. */
export const sealingVariables = {
  /** The first key seals, all open: to change it, put the new one before the old one. */
  SENDER_KEYS: z
    .string(
      'is missing: keys for the secrets of endpoints as name:key, more after commas; make one with: echo "main:$(openssl rand -base64 32)"',
    )
    .transform((value, context) => {
      const read = readSealingKeys(value);
      if (read.kind === 'keys') return read.keys;
      context.addIssue({ code: 'custom', message: `cannot be read: ${read.problem}` });
      return z.NEVER;
    }),
};
