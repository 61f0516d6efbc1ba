import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import { type Input, idempotencyKeyPattern, maxBodyBytes, needsBody, type Route } from './contract.ts';
import { type MemberError, Problem } from './problem.ts';

type Place = MemberError['in'];

/**
 * Whether there is a body to parse.
 * @throws Problem `body_too_large`; `invalid_request` where the route needs one and there is none
 */
export const hasBody = (route: Route, { body = '', isBase64Encoded }: APIGatewayProxyEventV2): boolean => {
  if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > maxBodyBytes) {
    throw new Problem('body_too_large', { detail: `At most ${maxBodyBytes} bytes are taken.` });
  }
  if (body === '' && needsBody(route)) {
    throw new Problem('invalid_request', {
      errors: [{ path: [], detail: 'is missing: a JSON object is needed' }],
    });
  }
  return body !== '';
};

/**
 * What a route's schemas make of the request: path, query and body (parsed already) as one input.
 * @throws Problem `invalid_request` naming each member that is wrong.
 */
export const readInput = <R extends Route>(route: R, event: APIGatewayProxyEventV2) => {
  const errors: MemberError[] = [];
  const read = (schema: z.ZodMiniType | undefined, value: unknown, place?: Place) => {
    const result = schema?.safeParse(value);
    if (result?.error) errors.push(...memberErrors(result.error.issues, place));
    return result?.data as object | undefined;
  };
  const query = queryOf(event, errors);
  const input = {
    ...read(route.params, event.pathParameters ?? {}, 'path'),
    // A route without a query takes no parameter either.
    ...(route.query ? read(route.query, query, 'query') : unknownParameters(query, errors)),
    ...read(route.body, event.body),
  };
  const idempotencyKey = route.idempotent ? idempotencyKeyOf(event, errors) : undefined;
  if (errors.length > 0) throw new Problem('invalid_request', { errors });
  return { input: input as Input<R>, idempotencyKey };
};

/** From the raw query: in the event's own record a repeated parameter looks like one with a comma in it. */
const queryOf = ({ rawQueryString }: APIGatewayProxyEventV2, errors: MemberError[]) => {
  const parameters = new URLSearchParams(rawQueryString);
  const names = new Set(parameters.keys());
  for (const name of names) {
    if (parameters.getAll(name).length > 1)
      errors.push({ in: 'query', path: [name], detail: 'is given more than once' });
  }
  return Object.fromEntries(parameters);
};

const unknownParameters = (query: object, errors: MemberError[]) => {
  errors.push(
    ...Object.keys(query).map((name) => ({
      in: 'query' as const,
      path: [name],
      detail: 'is not a parameter',
    })),
  );
};

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
const idempotencyKeyOf = ({ headers }: APIGatewayProxyEventV2, errors: MemberError[]) => {
  const key = headers['idempotency-key'];
  if (key !== undefined && !idempotencyKeyPattern.test(key)) {
    errors.push({
      in: 'header',
      path: ['Idempotency-Key'],
      detail: 'must be 1 to 255 visible ASCII characters',
    });
  }
  return key;
};

/** Zod's issues as one error a member. Messages name what is wrong, never the value that was sent. */
const memberErrors = (issues: z.core.$ZodIssue[], place: Place): MemberError[] =>
  issues.flatMap((issue) => {
    if (issue.code === 'invalid_union') {
      return memberErrors(
        closestBranch(issue.errors).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
        place,
      );
    }
    const at = (path: PropertyKey[], detail: string) => ({ path, detail, ...(place && { in: place }) });
    if (issue.code !== 'unrecognized_keys') return at(issue.path, issue.message);
    return issue.keys.map((key) => at([...issue.path, key], `is not a ${place ? 'parameter' : 'member'}`));
  });

/** Of a union's branches the one that knows most of the members sent; the first where several do. */
const closestBranch = (branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] => {
  const unknown = (issues: z.core.$ZodIssue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);
  return branches.toSorted((one, other) => unknown(one) - unknown(other))[0] ?? [];
};
