// Times cross as milliseconds since 1970. Null in PostgreSQL is undefined here.

/** The SQL of a column of timestamptz as whole milliseconds. */
export function asMilliseconds(column: string): string {
  return `round(extract(epoch from ${column}) * 1000)::float8`;
}

/** The SQL of a text with milliseconds as timestamptz. */
export function fromMilliseconds(column: string): string {
  return `to_timestamp(${column}::float8 / 1000)`;
}
