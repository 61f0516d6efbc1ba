import { demoPassword, demoUsers, developerProviderName, port } from './settings.ts';
import { type Stack, startStack } from './stack.ts';

const data = process.env.LOCAL_DATA || '.local';

const settings = () => ({
  port: port('PORT', 3000),
  cognitoPort: port('COGNITO_PORT', 3001),
  dynamodbPort: port('DYNAMODB_PORT', 3002),
  staffPort: port('STAFF_PORT', 3003),
  tell: (event: object) => console.log(`event ${JSON.stringify(event)}`),
  data,
  corsOrigins: (process.env.CORS_ORIGINS || '*').split(',').map((origin) => origin.trim()),
});

const welcome = ({ apiUrl, cognito, dynamodbUrl, staffUrl, identityPoolId }: Stack) => `
  API             ${apiUrl}   reference: ${apiUrl}/docs
  Demo            ${apiUrl}/demo
  Cognito         ${cognito.endpoint}   pool ${identityPoolId}, developer provider ${developerProviderName}
  DynamoDB        ${dynamodbUrl}
  Staff tokens    ${staffUrl}   npm run -s staff-token
  Authenticator   ${authenticators[process.env.AUTHENTICATOR ?? '']?.name}

Log in:

  curl -s ${apiUrl}/login -H 'content-type: application/json' \\
    -d '${authenticators[process.env.AUTHENTICATOR ?? '']?.body}'

Ctrl-C stops it.
`;

/** What logs in with each: the demo users are the directory's. */
const authenticators: Record<string, { name: string; body: string }> = {
  directory: {
    name: `directory, with the users ${demoUsers.join(' and ')}   password: ${demoPassword}`,
    body: JSON.stringify({ username: demoUsers[0], password: demoPassword }),
  },
  http: {
    name: `http, your backend at ${process.env.BACKEND_URL}`,
    body: '{"username":"…","password":"…"}',
  },
  jwt: { name: `jwt, tokens of ${process.env.JWT_ISSUER}`, body: '{"assertion":"…"}' },
};

/** One line for what a person can mend. */
const explain = (error: NodeJS.ErrnoException & { port?: number }) => {
  if (error.code === 'EADDRINUSE') {
    return `Port ${error.port} is in use. Set PORT, COGNITO_PORT, DYNAMODB_PORT or STAFF_PORT to another one, or to 0 for any free one.`;
  }
  if (isTaken(error.cause)) {
    return `npm start is running already with the folder ${data}. For another one beside it, set LOCAL_DATA to another folder, and PORT, COGNITO_PORT, DYNAMODB_PORT and STAFF_PORT to other ports, or to 0 for any free ones.`;
  }
  return error.message;
};

/** SQLite's SQLITE_BUSY: the data file of the local Cognito has one process at a time. */
const isTaken = (cause: unknown) => cause instanceof Error && 'errcode' in cause && cause.errcode === 5;

try {
  const stack = await startStack(settings());
  console.log(welcome(stack));
  // npm hands a Ctrl-C on to us as a second signal: the first one counts.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stack.close());
} catch (error) {
  console.error(explain(error as NodeJS.ErrnoException));
  process.exitCode = 1;
}
