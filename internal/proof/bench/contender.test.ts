import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROCESSOR_NODE_ARGS } from './contender.ts';

const root = new URL('../../../', import.meta.url);

test('the processor is measured as it is run', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['processor']).toBe(`exec node ${PROCESSOR_NODE_ARGS.join(' ')} cmd/processor/main.ts`);
  const dockerfile = readFileSync(new URL('deployments/Dockerfile', root), 'utf8');
  expect(dockerfile).toContain(`NODE_OPTIONS="${PROCESSOR_NODE_ARGS.join(' ')}"`);
});
