import { globSync, readFileSync } from 'node:fs';

/** The documentation: every page of the repository, by its path. */
export const pages = new Map(
  globSync('{*.md,*/**/*.md}', { exclude: ['node_modules', '**/node_modules', 'dist', 'emulator/dist'] })
    .sort()
    .map((path) => [path, readFileSync(path, 'utf8')]),
);

export interface Block {
  language: string;
  code: string;
  /** The comment right above it, such as `file: try.mjs`. Nobody sees it on the page. */
  note: string | undefined;
}

/** The fenced blocks of a page, in its order. */
export const blocksOf = (page: string): Block[] =>
  [...page.matchAll(/(?:^<!-- (?<note>[^\n]*) -->\n)?^```(?<language>\w*)\n(?<code>.*?)^```$/gms)].map(
    ({ groups = {} }) => ({ language: groups.language ?? '', code: groups.code ?? '', note: groups.note }),
  );

/** A page without its blocks. */
export const proseOf = (page: string): string => page.replaceAll(/^```.*?^```$/gms, '');

/** The anchors that GitHub gives a page's headings. */
export const anchorsOf = (page: string): Set<string> =>
  new Set(
    [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/\[(.*?)\]\(.*?\)/g, '$1')
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
