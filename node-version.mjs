// Before every npm script that needs Node 24, in words that an older Node understands.
const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(
    `Node.js 24 is needed, this is ${process.version}. npm ci brings it along for Linux and Windows; elsewhere, or ` +
      'with --omit=optional, install it: https://nodejs.org',
  );
  process.exit(1);
}
