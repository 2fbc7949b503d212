import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkSchema } from './check-schema.ts';

test('the example of a schema can be registered, without a remark', async () => {
  const text = readFileSync(new URL('../../docs/examples/order-placed.schema.json', import.meta.url), 'utf8');
  expect(await checkSchema(text)).toEqual({ problems: [], objections: [], warnings: [] });
});
