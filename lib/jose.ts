/** What verifying takes of jose. A file of its own, which most logins never load. */
export { createRemoteJWKSet, errors, jwtVerify } from 'jose';
