import { expect, test } from 'vitest';
import { badInputDocument } from './document.ts';

test('docs/bad-input.md matches the cases; "vitest run internal/proof/badinput -u" regenerates it', async () => {
  await expect(badInputDocument()).toMatchFileSnapshot('../../../docs/bad-input.md');
});
