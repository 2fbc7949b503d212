import { isIP } from 'node:net';
import { z } from 'zod';
import { whole } from '../config/config.ts';
import type { LogFormat, LoggerSettings } from './logger.ts';

/** How much a program logs. Every program has it: at `debug` and `trace`, an error that ends a program shows its stack. */
export const logVariables = {
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
};

/** Variables of every program that runs until it is told to end. */
export const daemonVariables = {
  ...logVariables,
  LOG_FORMAT: z.enum(['pretty', 'json'], 'must be pretty or json').exactOptional(),
  HEALTH_PORT: whole(8_080, 0, 65_535),
  HEALTH_HOST: z
    .string()
    .refine(
      (value) => isIP(value) !== 0 || value === 'localhost',
      'must be an address of this machine such as 127.0.0.1, or localhost; leave it out for all addresses',
    )
    .exactOptional(),
  SHUTDOWN_TIMEOUT_SECONDS: whole(25, 5, 3_600),
  START_WAIT_SECONDS: z
    .string()
    .regex(/^\d{1,7}$/, 'must be a whole number of seconds; leave it out to wait as long as it takes')
    .transform(Number)
    .exactOptional(),
};

/** Returns how a program logs. */
export function loggingOf(config: {
  readonly LOG_LEVEL: string;
  readonly LOG_FORMAT?: LogFormat;
}): LoggerSettings {
  const { LOG_LEVEL: level, LOG_FORMAT: format } = config;
  return { level, ...(format === undefined ? {} : { format }) };
}

/** Variables of a program that can run as several worker processes. */
export const workerVariables = { WORKERS: whole(1, 1, 128) };

/** Returns where to serve health and metrics; without a host, on all addresses: containers and pods are probed from outside. */
export function healthAddressOf(config: { readonly HEALTH_PORT: number; readonly HEALTH_HOST?: string }) {
  const { HEALTH_PORT: port, HEALTH_HOST: host } = config;
  return { port, ...(host === undefined ? {} : { host }) };
}
