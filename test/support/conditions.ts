import type { Template } from './packaged.ts';

/** Of constants, as packaging leaves them. */
type Condition =
  | { 'Fn::Equals': [unknown, unknown] }
  | { 'Fn::Not': [Condition] }
  | { 'Fn::And': Condition[] }
  | { Condition: string };

/** A template as CloudFormation deploys it: its conditions are decided, and what they exclude is gone. */
export const decided = ({ Conditions, ...template }: Template & { Conditions: object }): Template => {
  const conditions = Conditions as Record<string, Condition>;

  const holds = (name: string): boolean => {
    const condition = conditions[name];
    if (!condition) throw new Error(`There is no condition ${name}`);
    return isTrue(condition);
  };
  const isTrue = (condition: Condition): boolean => {
    if ('Fn::Equals' in condition) return condition['Fn::Equals'][0] === condition['Fn::Equals'][1];
    if ('Fn::Not' in condition) return !isTrue(condition['Fn::Not'][0]);
    return 'Fn::And' in condition ? condition['Fn::And'].every(isTrue) : holds(condition.Condition);
  };

  const decide = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(decide).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, Condition, 'Fn::If': choice } = value as Record<string, unknown>;
    // A policy's statement has a member Condition too: an object.
    if (Ref === 'AWS::NoValue' || (typeof Condition === 'string' && !holds(Condition))) return undefined;
    if (Array.isArray(choice)) return decide(choice[holds(choice[0]) ? 1 : 2]);
    const members = Object.entries(value).map(([name, member]) => [name, decide(member)]);
    return Object.fromEntries(members.filter(([, member]) => member !== undefined));
  };
  return decide(template) as Template;
};
