import { expect, test } from 'vitest';
import { endpointOf } from '../proof/kit/delivery-rows.ts';
import type { Announcement } from './announcements.ts';
import { TenantNews } from './tenant-news.ts';

/** News whose announcer answers when it is told to. */
function setUp() {
  const begun: Announcement[] = [];
  const logged: string[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const log = (_: object, message: string) => logged.push(message);
  const news = new TenantNews({
    log: { debug: log, info: log, warn: log, error: log },
    announcer: {
      announce: (announcement) => {
        begun.push(announcement);
        const answer = Promise.withResolvers<void>();
        answers.push(answer);
        return answer.promise;
      },
    },
  });
  return { news, begun, logged, answers };
}

test('tells tenants one after the other, also after one could not be told', async () => {
  const { news, begun, logged, answers } = setUp();
  news.tell(endpointOf({}, 1), 'endpoint.failing', 'timeout');
  news.tell(endpointOf({}, 2), 'endpoint.failing', 'timeout');
  news.tell(endpointOf({}, 1), 'endpoint.recovered', 'a request has succeeded');
  expect(begun.length).toBe(1);
  answers[0]?.reject(new Error('away'));
  await expect.poll(() => begun.length).toBe(2);
  expect(logged).toContain('the tenant could not be told');
  answers[1]?.resolve();
  await expect
    .poll(() => begun.map(({ type }) => type))
    .toEqual(['endpoint.failing', 'endpoint.failing', 'endpoint.recovered']);
  expect(news.counts).toEqual({ 'endpoint.failing': 2, 'endpoint.recovered': 1, 'endpoint.disabled': 0 });
});

test('while a store hangs, no more than a thousand announcements wait, and the log has every change', () => {
  const { news, logged } = setUp();
  for (let number = 1; number <= 1_100; number += 1)
    news.tell(endpointOf({}, number), 'endpoint.failing', 'connect');
  expect(logged.filter((message) => message === 'endpoint is failing').length).toBe(1_100);
  expect(logged.filter((message) => message.includes('is not told')).length).toBe(99);
});
