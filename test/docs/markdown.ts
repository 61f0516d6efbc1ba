import { globSync, readFileSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };

/** The documentation: every page of the repository, by its path. */
export const pages = new Map(
  globSync('{*.md,*/**/*.md}', { exclude: ['**/node_modules', '**/dist'] })
    .sort()
    .map((path) => [path, readFileSync(path, 'utf8')]),
);

/** Those of this package: a workspace is one of its own, with commands of its own. */
export const ownPages = [...pages].filter(
  ([path]) => !packageJson.workspaces.some((workspace) => path.startsWith(`${workspace}/`)),
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
