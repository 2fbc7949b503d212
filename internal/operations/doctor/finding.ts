/** What a check found. `todo` says what to do about a failure or a warning. */
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

/** Settings of the processor that checks judge by. There are none where the processor would refuse its configuration. */
export interface ProcessorSettings {
  readonly WORKERS: number;
  readonly STORE_CONNECTIONS: number;
  readonly VISIBILITY_TIMEOUT_SECONDS: number;
  readonly BATCH_AGE_MS: number;
}

export const THE_CONFIGURATION_FIRST = 'the configuration comes first';
