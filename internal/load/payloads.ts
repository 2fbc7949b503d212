import { decimal, pick, type Random, whole } from './random.ts';

/** One of the applications that are played. Its name is source and event type of its events. */
export interface Producer {
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
    host: `${pick(random, ['web', 'db', 'cache', 'worker'])}-${whole(random, 1, 24)}.example.com`,
    cpu: decimal(random, 0, 1, 3),
    memory: { used_bytes: whole(random, 1_000_000_000, 64_000_000_000), share: decimal(random, 0, 1, 3) },
    load: [decimal(random, 0, 16, 2), decimal(random, 0, 16, 2), decimal(random, 0, 16, 2)],
    status: pick(random, ['ok', 'ok', 'ok', 'degraded', 'down']),
  };
}

function transaction(random: Random): object {
  return {
    account: `DE${whole(random, 10, 99)}${whole(random, 100_000_000, 999_999_999)}${whole(random, 100_000_000, 999_999_999)}`,
    amount: decimal(random, -5_000, 20_000, 2),
    currency: pick(random, ['EUR', 'USD', 'GBP', 'JPY']),
    reference: `${pick(random, ['Invoice', 'Rechnung', 'Facture', '請求書'])} ${whole(random, 1_000, 99_999)}`,
    booked: random() < 0.9,
  };
}

function userAction(random: Random): object {
  return {
    user_id: whole(random, 1, 1_000_000),
    name: pick(random, [
      'Zoë Ångström',
      'José Nuñez',
      '王小明',
      'محمد علي',
      'Łukasz Żak',
      'אורי כהן',
      'Ada 🦉',
    ]),
    action: pick(random, ['signed_up', 'signed_in', 'changed_password', 'upgraded', 'signed_out']),
    address: {
      city: pick(random, ['Zürich', 'São Paulo', 'Kraków', '東京', 'Reykjavík']),
      verified: random() < 0.5,
    },
    tags: random() < 0.3 ? [] : [pick(random, ['beta', 'newsletter', 'vip'])],
  };
}
