#!/usr/bin/env node
// In words that an old Node understands: all that needs a new one is behind the check.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 13)) {
  await import('./main.ts');
} else {
  console.error(`Node.js 22.13 or later is needed, this is ${process.version}: https://nodejs.org`);
  process.exitCode = 1;
}
