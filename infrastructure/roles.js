/** One role for every function of permissions.yml, for serverless.yml. Its functions name theirs: login has LoginRole. */
export const roles = async ({ resolveVariable }) => {
  const { functions, permissions } = await resolveVariable('file(infrastructure/permissions.yml)');
  const named = Object.entries(functions).map(([name, granted]) => {
    const statements = granted.map((permission) => permissions[permission]);
    if (statements.includes(undefined)) throw new Error(`${name} has a permission that is not there`);
    return [`${pascalCase(name)}Role`, roleOf(name, statements)];
  });
  return { Resources: Object.fromEntries(named) };
};

const roleOf = (name, statements) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: document([
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]),
    Policies: [{ PolicyName: name, PolicyDocument: document([writeLog(name), writeTraces, ...statements]) }],
  },
});

const document = (Statement) => ({ Version: '2012-10-17', Statement });

/** The function's log group is made by the deployment: the function can't make one that nobody ever empties. */
const writeLog = (name) => ({
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: { 'Fn::GetAtt': [`${logicalName(name)}LogGroup`, 'Arn'] },
});

/** IAM knows no resource for a trace. */
const writeTraces = {
  'Fn::If': [
    'Trace',
    { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
    { Ref: 'AWS::NoValue' },
  ],
};

const capitalize = (word) => word[0].toUpperCase() + word.slice(1);
const pascalCase = (name) => name.split('-').map(capitalize).join('');
/** As the framework names what it makes for a function. */
const logicalName = (name) => capitalize(name.replaceAll('-', 'Dash'));
