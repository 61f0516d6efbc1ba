import { parseArgs } from 'node:util';
import { examine, type Outcome } from './check.ts';
import { checks } from './checks.ts';
import { localStack } from './local.ts';
import { deployedStack, onlyOnAws, type Stack, settingsOf } from './stack.ts';

const usage = `Checks a deployment, by reading only, and says how to mend what it finds.

  npm run doctor -- --stage prod [--region eu-west-1]
  npm run doctor -- --local

  --stage <name>     the deployment's stage; dev without it
  --region <name>    its region; AWS_REGION, or us-east-1, without it
  --service <name>   the service's name in serverless.yml; cognito-developer-identities without it
  --url <url>        where the API is, when it is neither at AWS's address nor at the stack's domain
  --local            what "npm start" runs here: give it the variables that it was started with
  --list             what is checked, without checking it

The AWS credentials are those of your shell. What they may not read is not checked, and said so.
It exits with 0 when nothing was found, 1 with findings, 2 when it could not check at all.`;

const options = {
  stage: { type: 'string', default: 'dev' },
  region: {
    type: 'string',
    default: process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || 'us-east-1',
  },
  service: { type: 'string', default: 'cognito-developer-identities' },
  url: { type: 'string' },
  local: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const report = (stack: Stack, outcomes: Outcome[]): string => {
  const found = outcomes.filter(({ findings }) => findings.length > 0);
  const notChecked = outcomes.filter((outcome) => outcome.notChecked);
  const nowhere = notChecked.filter((outcome) => outcome.notChecked === onlyOnAws);
  const fine = outcomes.length - found.length - notChecked.length;
  return [
    headingOf(stack),
    ...outcomes.filter((outcome) => !nowhere.includes(outcome)).map((outcome) => lineOf(stack, outcome)),
    ...(nowhere.length > 0
      ? [`  -      not checked, as ${onlyOnAws}: ${nowhere.map(({ check }) => check.name).join(', ')}`]
      : []),
    `${fine} fine, ${found.length} with findings, ${notChecked.length} not checked`,
  ].join('\n');
};

/** Of `npm start` it can't be seen what it was started with: what is taken for it is said. */
const headingOf = (stack: Stack): string =>
  stack.isLocal
    ? `${stack.name}, as if started with this shell's AUTHENTICATOR: ${settingsOf(stack).AUTHENTICATOR}`
    : `${stack.name} in ${stack.region}`;

const lineOf = ({ isLocal }: Stack, { check, findings, notChecked }: Outcome): string => {
  const { name, mend } = check;
  const what = (isLocal && check.whatLocally) || check.what;
  if (notChecked) return `  -      ${name}: not checked: ${notChecked}`;
  if (findings.length === 0) return `  ok     ${name}: ${what}`;
  return [...findings.map((finding) => `  FOUND  ${name}: ${finding}`), `         → ${mend}`].join('\n');
};

/** One line for what a person can mend. */
const explain = (error: Error): string => {
  if (error.name === 'CredentialsProviderError')
    return `No AWS credentials: ${error.message}. Set up your shell as for the AWS CLI`;
  return error.message || error.name;
};

const run = async (): Promise<number> => {
  const { values } = parseArgs({ options });
  if (values.help) console.log(usage);
  if (values.list) for (const { name, what } of checks) console.log(`${name}: ${what}`);
  if (values.help || values.list) return 0;
  const found = values.local
    ? await localStack()
    : await deployedStack(`${values.service}-${values.stage}`, values.stage, values.region);
  const stack = { ...found, ...(values.url && { apiUrl: values.url.replace(/\/$/, '') }) };
  const outcomes = await Promise.all(checks.map((check) => examine(check, stack)));
  console.log(report(stack, outcomes));
  return outcomes.some(({ findings }) => findings.length > 0) ? 1 : 0;
};

try {
  process.exitCode = await run();
} catch (error) {
  console.error(explain(error as Error));
  process.exitCode = 2;
}
