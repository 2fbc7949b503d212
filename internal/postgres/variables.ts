import { flag } from '../config/config.ts';
import { z } from 'zod';
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
