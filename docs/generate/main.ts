import { writeFileSync } from 'node:fs';
import { openapi } from '../../lib/openapi.ts';
import { configurationPage } from './configuration.ts';
import { errorsPage } from './errors.ts';

/** The files that are generated, by their path. A test compares each with the committed one. */
export const generated: Record<string, () => string> = {
  'openapi.json': () => JSON.stringify(openapi(), null, 2),
  'docs/configuration.md': configurationPage,
  'docs/errors.md': errorsPage,
};

if (import.meta.main) {
  for (const [path, content] of Object.entries(generated))
    writeFileSync(new URL(`../../${path}`, import.meta.url), content());
}
