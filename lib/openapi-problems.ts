import { commonProblems, type Route } from './contract.ts';
import { problemExample } from './examples.ts';
import { pascal } from './openapi-schemas.ts';
import { type ProblemCode, problems } from './problem.ts';

const problemCodes = Object.keys(problems) as ProblemCode[];
const text = { type: 'string' };

/** As `toResponse` in problem.ts writes it. */
export const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  properties: {
    type: { ...text, format: 'uri', description: 'urn:problem-type: and the code' },
    title: { ...text, description: 'For people' },
    status: { type: 'integer', description: "The answer's status" },
    code: { ...text, enum: problemCodes, description: 'For programs. It does not change' },
    detail: { ...text, description: 'More about this one, for people' },
    errors: {
      type: 'array',
      description: 'What is wrong, member by member. Never a value that was sent',
      items: {
        type: 'object',
        properties: {
          pointer: { ...text, description: "A member of the body: a JSON Pointer as a URI's fragment" },
          in: { ...text, enum: ['query', 'path', 'header'], description: 'Where, if not in the body' },
          name: { ...text, description: 'The name there' },
          detail: { ...text, description: 'What is wrong with it, to be read after its name' },
        },
        required: ['detail'],
      },
    },
    requestId: { ...text, description: "The request's, as in the log" },
  },
  required: ['type', 'title', 'status', 'code', 'requestId'],
};

export const headerComponents = {
  'cache-control': { description: 'Answers hold tokens', required: true, schema: { const: 'no-store' } },
  'retry-after': {
    description: 'How many seconds to wait before trying again',
    schema: { type: 'integer', minimum: 1 },
  },
  'www-authenticate': {
    description: 'What is missing: RFC 9110 §11.6.1, RFC 6750 §3',
    schema: text,
    examples: {
      missing: { value: 'Bearer' },
      refused: { value: 'Bearer error="invalid_token"' },
      scope: { value: 'Bearer error="insufficient_scope", scope="identities:write"' },
      credentials: { value: 'Login' },
    },
  },
  'x-request-id': { description: "The request's id, as in the log", required: true, schema: text },
};

/** What every answer has, and what some of these problems come with. */
export const headersOf = (codes: ProblemCode[]) => {
  const own = codes.flatMap((code) => Object.keys(problemExample(code).headers));
  const sent = new Set(['cache-control', 'x-request-id', ...own]);
  return Object.fromEntries(
    Object.keys(headerComponents)
      .filter((name) => sent.has(name))
      .map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
};

/** A route's problems, in the order of the table of problems. */
const byStatus = (route: Route) => {
  const declared = new Set<ProblemCode>([...commonProblems, ...route.problems]);
  return Map.groupBy(
    problemCodes.filter((code) => declared.has(code)),
    (code) => problems[code].status,
  );
};

const answer = (codes: ProblemCode[]) => ({
  description: codes.map((code) => problems[code].title).join(', or: '),
  headers: headersOf(codes),
  content: {
    'application/problem+json': {
      schema: {
        allOf: [{ $ref: '#/components/schemas/Problem' }],
        properties: { code: { enum: codes } },
      },
      examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
    },
  },
});

/** Status → answer. A problem that is alone with its status is the same answer wherever it is. */
export const problemAnswers = (route: Route) =>
  Object.fromEntries(
    [...byStatus(route)].map(([status, codes]) => [
      status,
      codes.length === 1 ? { $ref: `#/components/responses/${pascal(codes[0] ?? '')}` } : answer(codes),
    ]),
  );

/** components/responses, components/examples */
export const problemComponents = (routes: Route[]) => {
  const alone = routes.flatMap((route) => [...byStatus(route).values()].filter(({ length }) => length === 1));
  return {
    responses: Object.fromEntries([...new Set(alone.flat())].map((code) => [pascal(code), answer([code])])),
    examples: Object.fromEntries(
      problemCodes.map((code) => [code, { summary: problems[code].title, value: problemExample(code).body }]),
    ),
  };
};
