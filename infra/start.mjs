// `npm start`: runs what was built, and writes nothing into the code.
import { existsSync } from 'node:fs';

const program = new URL('../dist/local.mjs', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  process.stderr.write(
    'The service cannot start: dist/local.mjs is missing; npm ci && npm run build makes it.\n',
  );
  process.exitCode = 2;
}
