import { parseArgs } from 'node:util';
import { port, staffAudience, staffScopes } from './settings.ts';

const usage = `Prints a staff token of the issuer that "npm start" runs, for the Authorization header.

  npm run -s staff-token -- [--scope "${staffScopes[0]}"]

Without --scope it grants ${staffScopes.join(', ')}. Set STAFF_PORT to the issuer's port where that isn't 3003.`;

const { values } = parseArgs({ options: { scope: { type: 'string' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(usage);
} else {
  const url = `http://localhost:${port('STAFF_PORT', 3003)}/token`;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: values.scope ?? staffScopes.join(' '),
    aud: staffAudience,
  });
  try {
    const response = await fetch(url, { method: 'POST', body });
    const { access_token: token } = (await response.json()) as { access_token: string };
    console.log(token);
  } catch {
    console.error(
      `Nothing answers at ${url}. Is "npm start" running? With another port, set STAFF_PORT to it`,
    );
    process.exitCode = 1;
  }
}
