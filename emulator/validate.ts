import { AwsError } from './errors.ts';
import model from './model.json' with { type: 'json' };

/** A shape of the service model, in the compact form of model.json. */
type Shape = {
  type: string;
  required?: string[];
  members?: Record<string, string>;
  member?: string;
  key?: string;
  value?: string;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
  sensitive?: boolean;
};

type Fields = Record<string, unknown>;
/** Answers the value without what the model does not know; adds what is wrong to `problems`. */
type Check = (value: unknown, path: string, problems: string[]) => unknown;

const shapes: Record<string, Shape> = model.shapes;
const checks = new Map<string, Check>();

/**
 * Checks an input against a shape of the service model; `path` names it in the problems.
 * Throws SerializationException for a value of the wrong type, and one ValidationException, in AWS's words,
 * for all broken constraints together.
 */
export function validate(shapeName: string, input: unknown, path = ''): Fields {
  const problems: string[] = [];
  const clean = checkOf(shapeName)(input, path, problems);
  if (problems.length === 0) return clean as Fields;
  const count = problems.length === 1 ? '1 validation error' : `${problems.length} validation errors`;
  throw new AwsError('ValidationException', `${count} detected: ${problems.join('; ')}`);
}

function checkOf(shapeName: string): Check {
  const known = checks.get(shapeName);
  if (known) return known;
  const check = compile(shapeOf(shapeName));
  checks.set(shapeName, check);
  return check;
}

function shapeOf(name = ''): Shape {
  const shape = shapes[name];
  if (!shape) throw new Error(`The model has no shape ${name}`);
  return shape;
}

function compile(shape: Shape): Check {
  switch (shape.type) {
    case 'structure':
      return structure(shape);
    case 'list':
      return list(shape);
    case 'map':
      return map(shape);
    default:
      return scalar(shape);
  }
}

function structure({ members = {}, required = [] }: Shape): Check {
  const fields = Object.entries(members).map(([name, shapeName]) => ({
    name,
    wireName: name.charAt(0).toLowerCase() + name.slice(1),
    check: checkOf(shapeName),
    required: required.includes(name),
  }));
  return (value, path, problems) => {
    if (!isObject(value)) throw wrongType(value, 'Structure');
    const clean: Fields = {};
    for (const field of fields) {
      const given = value[field.name];
      const at = path === '' ? field.wireName : `${path}.${field.wireName}`;
      if (given !== undefined && given !== null) clean[field.name] = field.check(given, at, problems);
      else if (field.required)
        problems.push(`Value null at '${at}' failed to satisfy constraint: Member must not be null`);
    }
    return clean;
  };
}

function list(shape: Shape): Check {
  const element = shapeOf(shape.member);
  const check = checkOf(shape.member ?? '');
  return (value, path, problems) => {
    if (!Array.isArray(value)) throw wrongType(value, 'List');
    const report = reporter(shape, value, path, problems);
    brokenBounds(shape, 'length', value.length).forEach(report);
    if (element.type === 'structure') {
      return value.map((item, index) => check(item, `${path}.${index + 1}.member`, problems));
    }
    if (!value.every((item) => isSound(check, item)))
      report(`Member must satisfy constraint: ${rules(element)}`);
    return value;
  };
}

function map(shape: Shape): Check {
  const element = shapeOf(shape.value);
  const checkKey = checkOf(shape.key ?? '');
  const checkValue = checkOf(shape.value ?? '');
  return (value, path, problems) => {
    if (!isObject(value)) throw wrongType(value, 'Map');
    const entries = Object.entries(value);
    const report = reporter(shape, value, path, problems);
    brokenBounds(shape, 'length', entries.length).forEach(report);
    if (!entries.every(([key]) => isSound(checkKey, key))) {
      report(`Map keys must satisfy constraint: ${rules(shapeOf(shape.key))}`);
    }
    if (element.type === 'structure') {
      // fromEntries defines and never assigns: a key named __proto__ stays a key.
      return Object.fromEntries(
        entries.map(([key, item]) => [key, checkValue(item, `${path}.${key}.member`, problems)]),
      );
    }
    if (!entries.every(([, item]) => isSound(checkValue, item))) {
      report(`Map value must satisfy constraint: ${rules(element)}`);
    }
    return value;
  };
}

function scalar(shape: Shape): Check {
  const javaType = javaTypes[shape.type] ?? 'String';
  const pattern = shape.pattern === undefined ? undefined : new RegExp(`^(?:${shape.pattern})$`, 'u');
  return (value, path, problems) => {
    if (!hasType(javaType, value)) throw wrongType(value, javaType);
    const report = reporter(shape, value, path, problems);
    if (typeof value === 'string') brokenBounds(shape, 'length', value.length).forEach(report);
    if (typeof value === 'number') brokenBounds(shape, 'value', value).forEach(report);
    if (shape.enum && !shape.enum.includes(String(value))) report(enumRule(shape.enum));
    if (pattern && !pattern.test(String(value))) report(patternRule(shape));
    return value;
  };
}

const javaTypes: Record<string, string> = { boolean: 'Boolean', integer: 'Integer', long: 'Long' };

function hasType(javaType: string, value: unknown): value is string | number | boolean {
  if (javaType === 'String') return typeof value === 'string';
  if (javaType === 'Boolean') return typeof value === 'boolean';
  return Number.isInteger(value);
}

/** Whether an element of a list or map is sound: AWS reports those as one problem of the whole collection. */
function isSound(check: Check, item: unknown): boolean {
  const problems: string[] = [];
  if (item === null) return false;
  check(item, '', problems);
  return problems.length === 0;
}

function reporter(shape: Shape, value: unknown, path: string, problems: string[]): (rule: string) => void {
  return (rule) => {
    // A sensitive value is never shown, nor a collection that holds some.
    const secret = shape.sensitive || (shape.value !== undefined && shapeOf(shape.value).sensitive);
    const shown = secret ? 'Value' : `Value '${display(value)}'`;
    problems.push(`${shown} at '${path}' failed to satisfy constraint: ${rule}`);
  };
}

/** A text's length is counted in UTF-16 units [I]. */
function brokenBounds({ min, max }: Shape, measure: 'length' | 'value', size: number): string[] {
  const broken = [];
  if (max !== undefined && size > max) broken.push(maxRule(measure, max));
  if (min !== undefined && size < min) broken.push(minRule(measure, min));
  return broken;
}

/** All rules of a collection's element, as AWS lists them when one element breaks any of them. */
function rules(shape: Shape): string {
  const all = [];
  if (shape.max !== undefined) all.push(maxRule('length', shape.max));
  if (shape.min !== undefined) all.push(minRule('length', shape.min));
  if (shape.pattern !== undefined) all.push(patternRule(shape));
  if (shape.enum) all.push(enumRule(shape.enum));
  return `[${all.join(', ')}]`;
}

const maxRule = (measure: string, max: number) => `Member must have ${measure} less than or equal to ${max}`;
const minRule = (measure: string, min: number) =>
  `Member must have ${measure} greater than or equal to ${min}`;
const patternRule = (shape: Shape) => `Member must satisfy regular expression pattern: ${shape.pattern}`;
const enumRule = (values: string[]) => `Member must satisfy enum value set: [${values.join(', ')}]`;

/** A value as Java prints it, which is how AWS shows it. */
function display(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(display).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const pairs = Object.entries(value).map(([key, item]) => `${key}=${display(item)}`);
  return `{${pairs.join(', ')}}`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** [I] The words are those other AWS JSON services use for the same mistake (seen on DynamoDB). */
function wrongType(value: unknown, javaType: string): AwsError {
  return new AwsError('SerializationException', wrongTypeText(value, javaType));
}

function wrongTypeText(value: unknown, javaType: string): string {
  if (Array.isArray(value)) return `Unrecognized collection type class java.lang.${javaType}`;
  if (isObject(value)) return 'Start of structure or map found where not expected';
  if (javaType === 'Structure' || javaType === 'List' || javaType === 'Map') return 'Unexpected field type';
  if (typeof value === 'boolean')
    return `${value ? 'TRUE' : 'FALSE'}_VALUE cannot be converted to ${javaType}`;
  if (typeof value === 'string') return `STRING_VALUE cannot be converted to ${javaType}`;
  return `${Number.isInteger(value) ? 'NUMBER' : 'DECIMAL'}_VALUE cannot be converted to ${javaType}`;
}
