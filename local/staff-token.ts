import { parseArgs } from 'node:util';
import { port, staffAudience, staffScopes } from './settings.ts';

const usage = `Prints a staff token of the issuer that "npm start" runs, for the Authorization header.

  npm run -s staff-token -- [--scope "${staffScopes[0]}"]

Without --scope it grants ${staffScopes.join(', ')}. Set STAFF_PORT to the issuer's port where that isn't 3003.`;

/** @throws Error when nothing answers, or STAFF_PORT is no port */
const tokenFor = async (scope: string): Promise<string> => {
  const url = `http://localhost:${port('STAFF_PORT', 3003)}/token`;
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope, aud: staffAudience });
  try {
    const response = await fetch(url, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  } catch {
    throw new Error(
      `Nothing answers at ${url}. Is "npm start" running? With another port, set STAFF_PORT to it`,
    );
  }
};

try {
  const { values } = parseArgs({ options: { scope: { type: 'string' }, help: { type: 'boolean' } } });
  console.log(values.help ? usage : await tokenFor(values.scope ?? staffScopes.join(' ')));
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  console.error(code?.startsWith('ERR_PARSE_ARGS') ? `${message}\n\n${usage}` : message);
  process.exitCode = 1;
}
