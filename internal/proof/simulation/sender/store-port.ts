import type { DeliveryStore, Results } from '../../../sender/ports.ts';
import type { Deliveries } from './deliveries.ts';
import type { Life } from './life.ts';
import type { Network } from './network.ts';
import type { RecordRules } from './record-rules.ts';

interface StoreParts {
  readonly network: Network;
  readonly database: Deliveries;
  readonly rules: RecordRules;
}

function wordsOf({ name }: Life, { facts, retries, settled, dead, marks }: Results, lost: readonly number[]) {
  const words = [
    ...facts.map(
      ({ endpoint, unit, number, outcome }) => `${outcome} ${number} of unit ${unit} at ${endpoint}`,
    ),
    ...marks.map(({ endpoint, xid }) => `mark ${xid} of ${endpoint}`),
    `${retries.length} retries, ${settled.length} settled, ${dead.length} dead`,
    ...lost.map((shard) => `lost shard ${shard}`),
  ];
  return `${name} has written: ${words.join('; ')}`;
}

/** The store as one process reaches it. */
export function storePort(life: Life, { network, database, rules }: StoreParts): DeliveryStore {
  const call = <T>(
    method: keyof DeliveryStore,
    effect: () => Promise<T>,
    answered: (result: T) => void = () => {},
  ) => network.call({ life, method, effect, answered });
  return {
    hold: (owner, releasing) =>
      call(
        'hold',
        () => database.hold(owner, releasing),
        (holding) => life.told(owner, holding),
      ),
    leave: (owner) => call('leave', () => database.leave(owner)),
    revision: () => call('revision', () => database.revision()),
    endpointsOf: (shards) => call('endpointsOf', () => database.endpointsOf(shards)),
    endpoints: (numbers) => call('endpoints', () => database.endpoints(numbers)),
    marks: (endpoints) => call('marks', () => database.marks(endpoints)),
    behind: (marks, to) => call('behind', () => database.behind(marks, to)),
    settledAmong: (deliveries, factsFrom) =>
      call('settledAmong', () => database.settledAmong(deliveries, factsFrom)),
    retries: (endpoints, limit) => call('retries', () => database.retries(endpoints, limit)),
    horizon: () => call('horizon', () => database.horizon()),
    lanes: (from, to, limit) => call('lanes', () => database.lanes(from, to, limit)),
    lanesOf: (clients, to, limit) => call('lanesOf', () => database.lanesOf(clients, to, limit)),
    messages: (ids) => call('messages', () => database.messages(ids)),
    record: (owner, results) =>
      call('record', async () => {
        rules.before(life, results);
        const lost = await database.record(owner, results);
        rules.after(results, lost);
        network.note(() => wordsOf(life, results, lost));
        return lost;
      }),
  };
}
