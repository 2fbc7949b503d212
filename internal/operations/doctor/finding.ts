/** The result of a check. `todo` says how to fix a failure or a warning. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly detail: string;
  readonly todo?: string;
}

export interface DatabaseConfig {
  readonly DATABASE_URL: string;
  readonly DATABASE_IAM_AUTH: boolean;
}

/** Settings of the processor that checks need; not available if the processor would refuse its configuration. */
export interface ProcessorSettings {
  readonly WORKERS: number;
  readonly STORE_CONNECTIONS: number;
  readonly VISIBILITY_TIMEOUT_SECONDS: number;
  readonly BATCH_AGE_MS: number;
}

export const THE_CONFIGURATION_FIRST = 'fix the configuration first';
