import type { Random } from './random.ts';

/** A simulated application. Its name is the source and the event type of its events. */
interface Producer {
  readonly name: string;
  readonly client: string;
  readonly payload: (random: Random) => object;
}

export const PRODUCERS = [
  { name: 'monitor-app', client: 'client-1', payload: measurement },
  { name: 'transaction-app', client: 'client-2', payload: transaction },
  { name: 'user-app', client: 'client-3', payload: userAction },
] as const satisfies readonly Producer[];

function measurement(random: Random): object {
  return {
    host: `${random.pick(['web', 'db', 'cache', 'worker'])}-${random.whole(1, 24)}.example.com`,
    cpu: random.decimal(0, 1, 3),
    memory: { used_bytes: random.whole(1_000_000_000, 64_000_000_000), share: random.decimal(0, 1, 3) },
    load: [random.decimal(0, 16, 2), random.decimal(0, 16, 2), random.decimal(0, 16, 2)],
    status: random.pick(['ok', 'ok', 'ok', 'degraded', 'down']),
  };
}

function transaction(random: Random): object {
  return {
    account: `DE${random.whole(10, 99)}${random.whole(100_000_000, 999_999_999)}${random.whole(100_000_000, 999_999_999)}`,
    amount: random.decimal(-5_000, 20_000, 2),
    currency: random.pick(['EUR', 'USD', 'GBP', 'JPY']),
    reference: `${random.pick(['Invoice', 'Rechnung', 'Facture', '請求書'])} ${random.whole(1_000, 99_999)}`,
    booked: random.chance(0.9),
  };
}

function userAction(random: Random): object {
  return {
    user_id: random.whole(1, 1_000_000),
    name: random.pick([
      'Zoë Ångström',
      'José Nuñez',
      '王小明',
      'محمد علي',
      'Łukasz Żak',
      'אורי כהן',
      'Ada 🦉',
    ]),
    action: random.pick(['signed_up', 'signed_in', 'changed_password', 'upgraded', 'signed_out']),
    address: {
      city: random.pick(['Zürich', 'São Paulo', 'Kraków', '東京', 'Reykjavík']),
      verified: random.chance(0.5),
    },
    tags: random.chance(0.3) ? [] : [random.pick(['beta', 'newsletter', 'vip'])],
  };
}
