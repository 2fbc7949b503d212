declare module 'pgpass' {
  /** Looks into PGPASSFILE or ~/.pgpass (PostgreSQL, "The Password File"); gives undefined when it has no matching password. */
  export default function pgpass(
    connection: { host: string; port: number; database: string | undefined; user: string | undefined },
    callback: (password: string | undefined) => void,
  ): void;
}
