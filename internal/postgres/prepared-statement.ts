import { hash } from 'node:crypto';
import type pg from 'pg';
import { sqlStateOf } from './errors.ts';

/** A pooler gave us a session that lacks the prepared statement, or one that has it already. */
const NOT_OUR_SESSION = new Set(['26000', '42P05']);

/**
 * A statement that is planned once per session, where planning takes about as long as running it. Behind a pooler that does
 * not carry prepared statements it runs unprepared from the first refusal on.
 */
export class PreparedStatement {
  /** Made with a hash of the SQL, so that two releases behind one pooler never share a prepared statement. */
  readonly name: string;
  readonly #text: string;
  #prepared = true;

  constructor(prefix: string, text: string) {
    this.name = `${prefix}_${hash('sha256', text, 'hex').slice(0, 12)}`;
    this.#text = text;
  }

  async run<Row extends pg.QueryResultRow>(pool: pg.Pool, values: unknown[]): Promise<Row[]> {
    const text = this.#text;
    if (this.#prepared)
      try {
        return (await pool.query<Row>({ name: this.name, text, values })).rows;
      } catch (error) {
        if (!NOT_OUR_SESSION.has(sqlStateOf(error) ?? '')) throw error;
        this.#prepared = false;
      }
    return (await pool.query<Row>({ text, values })).rows;
  }
}
