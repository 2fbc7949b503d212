import type pg from 'pg';
import { clusterState } from '../../postgres/endpoints/cluster.ts';
import { otherIsolation } from '../../postgres/endpoints/isolation.ts';
import { countOutdated } from '../../postgres/endpoints/reseal.ts';
import { endpointsWithoutSecret } from '../../postgres/endpoints/sealed-secrets.ts';
import { endpointsUnserved, listSenders } from '../../postgres/endpoints/senders.ts';
import { type EndpointsFound, endpointsFound } from '../../postgres/endpoints/found.ts';
import { sqlStateOf } from '../../postgres/errors.ts';
import type { EndpointName } from '../../postgres/endpoints/reference.ts';
import type { Sealing } from '../../postgres/sealing.ts';
import { unopenedEndpoints } from '../endpoints/problems.ts';
import type { Finding } from './finding.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
const HOUR_MS = 3_600_000;
/** Endpoints named in a finding. */
const MOST_NAMED = 5;

type Check = (pool: pg.Pool, found: EndpointsFound) => Promise<Omit<Finding, 'check'>>;

/**
 * Checks what deliveries depend on; nothing more than "no endpoints" without endpoints.
 * @param sealing with the keys of SENDER_KEYS; undefined where it is not set
 */
export async function checkSender(pool: pg.Pool, sealing: Sealing | undefined): Promise<Finding[]> {
  const found = await endpointsFound(pool);
  if (found.count === 0) return [{ check: 'endpoints', result: 'ok', detail: 'none' }];
  const checks: readonly (readonly [string, Check])[] = [
    ['endpoints', endpoints],
    ['secrets of endpoints', (each) => secrets(each, sealing)],
    ['positions of endpoints', positions],
    ['transaction isolation', isolation],
    ['senders', senders],
  ];
  const findings: Finding[] = [];
  for (const [check, look] of checks) findings.push({ check, ...(await permitted(() => look(pool, found))) });
  return findings;
}

/** The processor's role may not look at what is the sender's. */
async function permitted(look: () => ReturnType<Check>): ReturnType<Check> {
  try {
    return await look();
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    return {
      result: 'skipped',
      detail: 'this role may not look: run doctor with the DATABASE_URL of the sender or an operator',
    };
  }
}

const endpoints: Check = async (_pool, { count, disabled, oldestWaiting }) => {
  const told = `${count}, of which ${disabled.length} disabled`;
  const waitingMs = oldestWaiting === null ? 0 : Date.now() - oldestWaiting.getTime();
  if (disabled.length > 0)
    return {
      result: 'warn',
      detail: `${told}: ${named(disabled)}`,
      todo: '"endpoint show" says why; "endpoint resume" when the receiver is right again',
    };
  if (waitingMs > HOUR_MS)
    return {
      result: 'warn',
      detail: `${told}; the oldest message that waits for an active one was stored ${Math.floor(waitingMs / HOUR_MS)} h ago`,
      todo: '"endpoint list" shows what waits for which, "deliveries list --endpoint" the last attempts',
    };
  return { result: 'ok', detail: told };
};

async function secrets(pool: pg.Pool, sealing: Sealing | undefined): ReturnType<Check> {
  if (sealing === undefined) return { result: 'skipped', detail: 'SENDER_KEYS is not set here' };
  const unopened = await unopenedEndpoints(pool, sealing);
  const [first] = unopened;
  if (first !== undefined)
    return {
      result: 'fail',
      detail: `those of ${namesOf(unopened)} cannot be opened: ${first.problem}`,
      todo: 'put the key back into SENDER_KEYS, or give these endpoints new secrets with "endpoint rotate-secret --keep 0" and new headers with "endpoint set --header"',
    };
  const without = await endpointsWithoutSecret(pool);
  if (without.length > 0)
    return {
      result: 'fail',
      detail: `without a valid secret, so that nothing is sent to them: ${namesOf(without)}`,
      todo: 'give them one with "endpoint rotate-secret"',
    };
  const outdated = await countOutdated(pool, sealing);
  return {
    result: 'ok',
    detail: `SENDER_KEYS opens them all${
      outdated === 0
        ? ', with its first key'
        : `; ${outdated} endpoints need another key than the first until "sender reseal" has run`
    }`,
  };
}

const positions: Check = async (pool) => {
  if ((await clusterState(pool)) !== 'other') return { result: 'ok', detail: 'of this cluster' };
  return {
    result: 'fail',
    detail:
      'written in another PostgreSQL cluster, from which this database was restored: senders refuse to start',
    todo: 'stop the senders and run "npm run admin -- sender rebase", after pg_upgrade with --ids-kept',
  };
};

const isolation: Check = async (pool) => {
  const other = await otherIsolation(pool);
  if (other === undefined) return { result: 'ok', detail: 'read committed' };
  return {
    result: 'warn',
    detail: `default_transaction_isolation is "${other}" for this database or one of its roles: messages that are stored while an endpoint is added could be missed`,
    todo: 'set it to "read committed" with "alter database" or "alter role"',
  };
};

const senders: Check = async (pool) => {
  const alive = await listSenders(pool);
  const unserved = await endpointsUnserved(pool);
  const detail = `${alive.length} alive, ${unserved} endpoints without one`;
  if (alive.length > 0 && unserved === 0) return { result: 'ok', detail };
  return {
    result: 'warn',
    detail,
    todo:
      alive.length === 0
        ? 'start a sender'
        : 'a sender takes them over within a minute; else look at its log',
  };
};

function namesOf(endpoints: readonly EndpointName[]): string {
  return named(endpoints.map(({ tenantId, id }) => `${tenantId}/${id}`));
}

function named(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
