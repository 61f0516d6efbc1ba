import { commonProblems, type Route, routes } from '../../lib/contract.ts';
import { type ProblemCode, problems } from '../../lib/problem.ts';
import { table } from './markdown.ts';

// docs/errors.md: codes, statuses, titles and routes are those of the contract; what to do is said here. Of the build
// only.

/** A code that is added to lib/problem.ts and has nothing here is a type error. */
const whatToDo: Record<ProblemCode, string> = {
  invalid_json: 'Mend the body',
  invalid_request: 'Mend what `errors` names',
  invalid_guest_token: 'Get a new guest token, or log in without',
  invalid_login_token: 'Get a new token of the public provider',
  invalid_credentials: 'Ask the user again. It is the same for an unknown user and a wrong password',
  invalid_refresh_token: 'The session is over: log in again',
  unauthorized: 'Get a new token for `Authorization`',
  insufficient_scope: 'Ask for a token with the scope that `WWW-Authenticate` names',
  identity_disabled:
    'It was merged into another or unlinked: log in again, and use the `identityId` of the answer',
  identity_not_found: 'Look the identifier up: there is no such identity, or the user never signed in',
  identity_conflict: 'A login in `logins` belongs to another identity: leave it out, or merge the two',
  identity_mismatch: 'Look the identifier up: it is not linked to that identity',
  last_login: 'Link another login first. Staff can insist with `allowLastLogin`',
  too_many_logins: 'Unlink some',
  provider_conflict: 'Unlink one of the two first',
  change_in_progress: 'Wait, then look at what has become of the identity',
  idempotency_in_progress: 'Send it again with the same key',
  body_too_large: 'Send less',
  unsupported_media_type: 'Send `content-type: application/json`',
  idempotency_key_reused: 'Use a new key for a new request',
  too_many_attempts: 'Wait, even with the right password, and tell the user how long',
  internal_error: 'Look for `requestId` in the log',
  invalid_principal_tags: 'Look for `requestId` in the log: it names the attribute. Mend it in your backend',
  cognito_misconfigured: 'Look for `requestId` in the log: pool, provider name or permissions do not fit',
  backend_unavailable: 'Wait. For long? Your backend does not answer, or not as it should: the log says how',
  cognito_throttled: "Wait. For long? Ask AWS for a higher quota of Cognito's API",
  cognito_unavailable: 'Wait',
  staff_issuer_unavailable: "Wait. For long? The staff's OIDC provider does not answer",
  unhealthy: 'Look at what `detail` names',
  table_unavailable: 'Wait',
  timed_out: 'Send it again. With an `Idempotency-Key` nothing is done twice',
};

/** In the order of the contract. */
const routesWith = (code: ProblemCode) => {
  if ((commonProblems as readonly string[]).includes(code)) return 'all';
  const having = Object.values<Route>(routes).filter((route) => route.problems.includes(code));
  return having.map(({ name }) => name).join(', ');
};

const retryAfter = (code: ProblemCode) => {
  const seconds = problems[code].retryAfter;
  if (code === 'too_many_attempts') return '. `Retry-After` says how many seconds';
  return seconds ? `. \`Retry-After: ${seconds}\`` : '';
};

/** docs/errors.md */
export const errorsPage = (): string => `# Errors

An error is a problem as of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), with the type \`application/problem+json\`:

\`\`\`json
{
  "type": "urn:problem-type:invalid_request",
  "title": "${problems.invalid_request.title}",
  "status": ${problems.invalid_request.status},
  "code": "invalid_request",
  "errors": [{ "pointer": "#/durationSeconds", "detail": "must be at least 60" }],
  "requestId": "BqkXhj9FoAMEPQQ="
}
\`\`\`

Decide by \`code\`: it does not change. \`title\` and \`detail\` are for people. \`errors\` names each member of the body that is
wrong (\`pointer\`), or each parameter or header (\`in\` and \`name\`), never a value. \`requestId\` is in the log too, and in the
header \`x-request-id\`: the caller's own, if it sent one of 1 to 64 letters, digits or \`_.:=+/-\`. Not problems of these: a path that does not exist, or more requests than the gateway takes. API
Gateway answers those itself, with \`{"message": "…"}\`.

Routes are called as at \`/docs\` of \`npm start\`: \`merge\` is that of staff, \`merge-accounts\` that of users.

${table(
  ['code', 'status', 'title', 'what to do', 'routes'],
  (Object.keys(problems) as ProblemCode[]).map((code) => [
    `\`${code}\``,
    String(problems[code].status),
    problems[code].title,
    whatToDo[code] + retryAfter(code),
    routesWith(code),
  ]),
)}
`;
