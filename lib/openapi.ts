import { writeFileSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };
import { idempotencyKeyPattern, maxBodyBytes, needsBody, type Route, routes } from './contract.ts';
import { examples } from './examples.ts';
import {
  headerComponents,
  headersOf,
  problemAnswers,
  problemComponents,
  problemSchema,
} from './openapi-problems.ts';
import { answerRef, componentSchemas, parametersOf, requestRef } from './openapi-schemas.ts';

/** The contract as an OpenAPI 3.1 document: `npm run openapi` writes it. Of the build only, in no function's bundle. */
export const openapi = () => {
  const all = Object.values<Route>(routes);
  return {
    openapi: '3.1.1',
    info,
    servers,
    tags,
    paths: Object.fromEntries(
      [...Map.groupBy(all, ({ path }) => path)].map(([path, ofPath]) => [
        path,
        Object.fromEntries(ofPath.map((route) => [route.method.toLowerCase(), operation(route)])),
      ]),
    ),
    components: {
      schemas: { ...componentSchemas, Problem: problemSchema },
      ...problemComponents(all),
      parameters: { 'Idempotency-Key': idempotencyKey },
      headers: headerComponents,
      securitySchemes,
    },
  };
};

const info = {
  title: packageJson.name,
  version: packageJson.version,
  description: `${packageJson.description}.

Every error is a problem (RFC 9457) with a \`code\` that does not change. A body has at most ${maxBodyBytes} bytes.
A member or a parameter that the service does not know is an error, and so is a repeated parameter.`,
  license: { name: 'Apache License 2.0', identifier: packageJson.license },
};

const servers = [
  {
    url: 'https://{apiId}.execute-api.{region}.amazonaws.com',
    description: 'The deployed API',
    variables: { apiId: { default: 'a1b2c3d4e5' }, region: { default: 'us-east-1' } },
  },
  { url: 'http://localhost:3000', description: 'npm start' },
];

const tags = [
  { name: 'apps', description: 'For the app and its users' },
  { name: 'staff', description: "For the company's own people, with a token of their OIDC provider" },
];

/** Both are JWTs in the Authorization header. */
const bearer = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
const securitySchemes = {
  appUser: { ...bearer, description: "The Cognito token of POST /login: of this pool, and not a guest's" },
  staff: {
    ...bearer,
    description: "A token of the company's OIDC provider, with the scope that is named at the operation",
  },
};

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes the request safe to send again: for a day, the same key answers what the first request did. A new one for every new request, such as a UUID. A dry run neither uses a key up nor is answered by one',
  schema: { type: 'string', pattern: idempotencyKeyPattern.source },
  example: '2f9d1c64-8a7b-4e35-9c10-6d3b5f0a7e28',
};

const operation = (route: Route) => {
  const { name, summary, description, caller, body, idempotent } = route;
  const parameters = [
    ...parametersOf(route, 'path'),
    ...parametersOf(route, 'query'),
    ...(idempotent ? [{ $ref: '#/components/parameters/Idempotency-Key' }] : []),
  ];
  return {
    operationId: name,
    summary,
    ...(description && { description }),
    tags: [caller === 'anyone' || caller === 'user' ? 'apps' : 'staff'],
    security: securityOf(caller),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: needsBody(route), content: json(requestRef(body), examplesOf(name).requests) },
    }),
    responses: { ...success(route), ...problemAnswers(route) },
  };
};

/** OpenAPI 3.1 lets a bearer scheme name the roles that a token must have. */
const securityOf = (caller: Route['caller']): Record<string, string[]>[] => {
  if (caller === 'anyone') return [];
  return [caller === 'user' ? { appUser: [] } : { staff: [caller] }];
};

const success = ({ name, answer }: Route) =>
  answer
    ? {
        200: {
          description: 'Done',
          headers: headersOf([]),
          content: json(answerRef(answer), examplesOf(name).answers),
        },
      }
    : { 204: { description: 'Done, with nothing to say', headers: headersOf([]) } };

const json = (schema: object, bodies: Record<string, unknown> = {}) => ({
  'application/json': {
    schema,
    examples: Object.fromEntries(Object.entries(bodies).map(([name, value]) => [name, { value }])),
  },
});

interface Examples {
  requests?: Record<string, unknown>;
  answers?: Record<string, unknown>;
}
const examplesOf = (name: string): Examples =>
  new Map<string, Examples>(Object.entries(examples)).get(name) ?? {};

if (import.meta.main) {
  writeFileSync(new URL('../openapi.json', import.meta.url), JSON.stringify(openapi(), null, 2));
}
