import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Our Markdown files. */
const DOCUMENTS = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n');

/** The commands that a reader copies. */
function shellBlocks(document: string): string[] {
  const text = readFileSync(`${ROOT}${document}`, 'utf8');
  return [...text.matchAll(/^ *```(?:sh|bash|zsh|shell)\n([^]*?)^ *```/gm)].map(([, block = '']) => block);
}

/** The block without what is in quotes and behind a backslash; an expansion outside of quotes stays. */
function unquoted(block: string): string {
  return block.replaceAll(/\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"/g, 'Q');
}

/**
 * What an interactive zsh takes otherwise than bash: it knows no comments, does not split what a variable holds into words,
 * and ends with "no matches found" where a pattern matches no file.
 */
function stumbles(block: string): string[] {
  const bare = unquoted(block);
  return [
    ...(/(^|\s)#/m.test(bare) ? ['a comment'] : []),
    ...(/[?*[\]]/.test(bare) ? ['a pattern outside of quotes'] : []),
    ...(/(^|\s)=/m.test(bare) ? ['a word that begins with ='] : []),
    ...(/\$[A-Za-z_{]/.test(bare) ? ['a variable outside of quotes'] : []),
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
  ['curl http://localhost/messages?limit=1', 'a pattern outside of quotes'],
  ['aws sqs send-message $Q', 'a variable outside of quotes'],
  ['test a =b', 'a word that begins with ='],
])('finds %s', (block, stumble) => {
  expect(stumbles(block)).toEqual([stumble]);
});
