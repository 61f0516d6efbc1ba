import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { propertiesOf, roleName } from './packaged.ts';

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** A role's statements, and whose functions get them: only the directory's, only other authenticators', or all. */
export const statementsOf = (
  name: string,
): { statement: Statement; only?: 'directory' | 'not directory' }[] => {
  const [policy, ...otherPolicies] = propertiesOf(roleName(name)).Policies;
  assert.deepEqual(otherPolicies, []);
  return policy.PolicyDocument.Statement.flatMap((each: Statement & { 'Fn::If'?: unknown[] }) => {
    if (!each['Fn::If']) return { statement: each };
    const [condition, statement, otherwise] = each['Fn::If'];
    assert.equal(condition, 'UseDirectory');
    const chosen = { statement, only: 'directory' };
    if (isDeepStrictEqual(otherwise, { Ref: 'AWS::NoValue' })) return chosen;
    return [chosen, { statement: otherwise, only: 'not directory' }];
  });
};

const pool =
  'arn:${AWS::Partition}:cognito-identity:${AWS::Region}:${AWS::AccountId}:identitypool/${IdentityPool}';

/** `pool`, `Table`, `Table/index/byGroup`, `AuditTable`, a log group, or `*`. */
const resourceName = (resource: unknown): string => {
  if (typeof resource === 'string') return resource;
  const { 'Fn::GetAtt': attribute, 'Fn::Sub': text } = resource as Record<string, string | string[]>;
  if (attribute?.[1] === 'Arn') return String(attribute[0]);
  return text === pool ? 'pool' : String(text).replace('${Table.Arn}', 'Table');
};

/** What may be asked for under a statement, as one line an action. What a line can't say is an error. */
export const linesOf = ({ Effect, Action, Resource, Condition = {}, ...others }: Statement): string[] => {
  assert.equal(Effect, 'Allow');
  assert.deepEqual(others, {});
  const limits = Object.entries(Condition).flatMap(([operator, conditions]) =>
    Object.entries(conditions).map(([key, value]) => {
      assert.match(operator, /^ForAllValues:String(Like|Equals)$/);
      assert.match(key, /^dynamodb:(LeadingKeys|Attributes)$/);
      return key === 'dynamodb:Attributes' ? `only ${value}` : String(value);
    }),
  );
  return [Action].flat().map((action) => [action, resourceName(Resource), ...limits].join(' '));
};

/** A request to AWS, in IAM's terms. */
export interface AwsCall {
  action: string;
  /** As `resourceName` has them. */
  resource: string;
  /** IAM's context: what its conditions ask for. */
  context: Record<string, string[]>;
}

/** Whether IAM would allow the call by this statement. */
export const allows = ({ Action, Resource, Condition = {} }: Statement, call: AwsCall): boolean =>
  [Action].flat().includes(call.action) &&
  ['*', call.resource].includes(resourceName(Resource)) &&
  Object.values(Condition)
    .flatMap((conditions) => Object.entries(conditions))
    .every(([key, patterns]) =>
      (call.context[key] ?? []).every((value) => [patterns].flat().some((pattern) => isLike(value, pattern))),
    );

const isLike = (value: string, pattern: string) =>
  pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
