import type { StoreError, StoreOutcome } from './ports.ts';

/** Outcome of one event in a statement; or PostgreSQL refused this row; or it waits for a lock. */
export type RowOutcome =
  | StoreOutcome
  | { readonly kind: 'refused_row'; readonly error: StoreError }
  | {
      readonly kind: 'blocked';
      readonly error: StoreError;
      /** Name of the row of the registry that is locked, as far as known. */
      readonly row: string | undefined;
    };
