/** The least that can be a function: what starting Node and Lambda's runtime client costs. */
export const handler = async () => ({ statusCode: 200, body: '{}' });
