// Runs after `npm ci`, in a checkout. Where the development packages were left out there is nothing to build with.
import { fileURLToPath } from 'node:url';

const hasBuilder = (() => {
  try {
    return fileURLToPath(import.meta.resolve('esbuild')) !== '';
  } catch {
    return false;
  }
})();

if (hasBuilder) await import('./build.mjs');
else
  process.stdout.write(
    'dist/ was not built: that needs the development packages (npm ci && npm run build); npm start needs dist/.\n',
  );
