import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** All tracked Markdown files. */
const DOCUMENTS = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n');

/** The commands that readers copy. */
function shellBlocks(document: string): string[] {
  const text = readFileSync(`${ROOT}${document}`, 'utf8');
  return [...text.matchAll(/^ *```(?:sh|bash|zsh|shell)\n([^]*?)^ *```/gm)].map(([, block = '']) => block);
}

/** Replaces quoted text and escaped characters with Q; expansions outside of quotes stay. */
function unquoted(block: string): string {
  return block.replaceAll(/\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"/g, 'Q');
}

/**
 * Finds what an interactive zsh treats differently from bash: it has no comments, does not split variables
 * into words, and fails with "no matches found" when a pattern matches no file.
 */
function stumbles(block: string): string[] {
  const bare = unquoted(block);
  return [
    ...(/(^|\s)#/m.test(bare) ? ['a comment'] : []),
    ...(/[?*[\]]/.test(bare) ? ['an unquoted pattern'] : []),
    ...(/(^|\s)=/m.test(bare) ? ['a word that starts with ='] : []),
    ...(/\$[A-Za-z_{]/.test(bare) ? ['an unquoted variable'] : []),
  ];
}

test.each(DOCUMENTS.filter((document) => shellBlocks(document).length > 0))(
  'the commands in %s can be pasted into bash and zsh',
  (document) => {
    for (const block of shellBlocks(document))
      expect({ block, stumbles: stumbles(block) }).toEqual({ block, stumbles: [] });
  },
);

test.each([
  ['npm run demo # all of it', 'a comment'],
  ['curl http://localhost/messages?limit=1', 'an unquoted pattern'],
  ['aws sqs send-message $Q', 'an unquoted variable'],
  ['test a =b', 'a word that starts with ='],
])('finds %s', (block, stumble) => {
  expect(stumbles(block)).toEqual([stumble]);
});
