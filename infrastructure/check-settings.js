import { globSync, readFileSync } from 'node:fs';

/** A plugin of the framework: what would deploy, and answer 500 at the first request, is refused before packaging. */
// biome-ignore lint/style/noDefaultExport: the framework takes a plugin's default export.
export default class CheckSettings {
  constructor(serverless) {
    const check = async () => {
      const problems = [
        ...unknownNames(serverless),
        ...wrongTexts(serverless),
        ...(await wrongVariables(serverless)),
      ];
      if (problems.length === 0) return;
      const lines = [...new Set(problems)].map((problem) => `\n  ${problem}`).join('');
      throw new serverless.classes.Error(`The parameters are not right:${lines}`);
    };
    // `deploy` packages too, `deploy function` does not.
    this.hooks = { 'before:package:cleanup': check, 'before:deploy:function:initialize': check };
  }
}

/** Of the stage's block and the command line, which go before the defaults. */
const given = ({ configurationInput: { params }, processedInput: { options }, service }) => ({
  ...params[service.provider.stage],
  ...Object.fromEntries((options.param ?? []).map((param) => param.split(/=(.*)/s))),
});

/** A name that has no default is one that a file asks for, such as backendUrl. */
const unknownNames = (serverless) => {
  const cwd = serverless.serviceDir;
  const files = ['serverless.yml', ...globSync('infrastructure/**/*.{yml,js}', { cwd })];
  const text = files.map((file) => readFileSync(`${cwd}/${file}`, 'utf8')).join('\n');
  const known = new Set([
    ...Object.keys(serverless.configurationInput.params.default),
    ...[...text.matchAll(/\$\{param:(\w+)/g)].map(([, name]) => name),
  ]);
  return Object.keys(given(serverless))
    .filter((name) => !known.has(name))
    .map((name) => `${name} is no parameter`);
};

/** Those that reach no function's code. The framework itself refuses others, such as tracing. */
const texts = {
  logLevel: [/^(TRACE|DEBUG|INFO|WARN|ERROR|CRITICAL|SILENT)$/, 'a level, such as INFO'],
  logSampleRate: [/^(0(\.\d+)?|1)$/, 'a number from 0 to 1'],
  staffConcurrency: [/^\d*$/, 'a whole number, or empty'],
  loginFailuresAlarm: [/^\d+$/, 'a whole number'],
  corsOrigins: [
    /^(\*|[\w-]+:\/\/[^/,\s]+(,[\w-]+:\/\/[^/,\s]+)*)$/,
    'origins such as https://app.example.com, separated by commas',
  ],
  alarmTopicArn: [/^(arn:[\w-]+:sns:.+)?$/, 'the ARN of an SNS topic'],
  certificateArn: [/^(arn:[\w-]+:acm:.+)?$/, 'the ARN of a certificate'],
};

const wrongTexts = (serverless) => {
  const values = { ...serverless.configurationInput.params.default, ...given(serverless) };
  return Object.entries(texts)
    .filter(([name, [pattern]]) => !pattern.test(values[name]))
    .map(([name, [, meaning]]) => `${name} must be ${meaning}`);
};

/** Every function's environment, as the function itself will read it. */
const wrongVariables = async ({ service: { provider, functions, custom } }) => {
  const { readConfig, readSignInConfig } = await import('../lib/config.ts');
  // Known to CloudFormation only, but for the id of a pool that is there.
  const filledIn = {
    AWS_REGION: provider.region,
    IDENTITY_POOL_ID: custom.identityPoolId['Fn::If'][2] || 'made:0',
    TABLE_NAME: 'table',
    AUDIT_TABLE_NAME: 'audit',
  };
  return Object.values(functions).flatMap(({ environment }) => {
    const env = { ...provider.environment, ...environment, ...filledIn };
    try {
      (env.AUTHENTICATOR ? readSignInConfig : readConfig)(withTexts(env));
      return [];
    } catch ({ message }) {
      return message.split('\n  ').slice(1).map(inParameters);
    }
  });
};

/** Numbers of serverless.yml are texts on Lambda. */
const withTexts = (env) =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));

/** With maxTokenDurationSeconds for MAX_TOKEN_DURATION_SECONDS. */
const inParameters = (problem) =>
  problem.replace(/\b[A-Z]+(_[A-Z]+)+\b/g, (name) =>
    name.toLowerCase().replace(/_(\w)/g, (_, letter) => letter.toUpperCase()),
  );
