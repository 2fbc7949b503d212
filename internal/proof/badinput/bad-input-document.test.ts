import { expect, test } from 'vitest';
import { badInputDocument } from './document.ts';

test('docs/bad-input.md says what the cases say; "vitest run internal/proof/badinput -u" writes it anew', async () => {
  await expect(badInputDocument()).toMatchFileSnapshot('../../../docs/bad-input.md');
});
