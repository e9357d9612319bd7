import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { plainEnvironment } from '../child.ts';
import { coldBytes } from '../cold-parts.ts';
import { atMost, type Measurement, percentiles } from '../measurement.ts';
import type { Scenario } from './context.ts';

const IMPORTS = 7;
const KIB = 1024;

/** Times the import of the bundle in a process that has done nothing else. */
const TIMED_IMPORT =
  'const start = performance.now(); await import(process.argv[1]); console.log(performance.now() - start); process.exit();';

/** The bundle of one perspective's function: what a cold start of it costs. Nothing to say where it was not built. */
export const measurePerspectiveBundle: Scenario = async ({ progress }) => {
  const bundle = new URL('./perspective-lambda/index.mjs', import.meta.url);
  const size = await coldBytes(bundle).catch(() => null);
  if (size === null) {
    progress('dist/perspective-lambda was not built');
    return [];
  }
  // The bundle opens its connections while it loads, so there has to be somebody who answers.
  const endpoint = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  try {
    const times: number[] = [];
    for (let run = 0; run < IMPORTS; run++)
      times.push(await timeImport(bundle, endpoint.address() as AddressInfo));
    const row = (what: string, value: number, unit: string, bound: number): Measurement => ({
      scenario: 'perspective',
      what,
      value,
      unit,
      target: atMost(bound),
    });
    return [
      row('bundle, minified, loaded at a start', size / KIB, 'KiB', 700),
      row(`cold import, median of ${IMPORTS}`, percentiles(times).p50, 'ms', 150),
    ];
  } finally {
    endpoint.closeAllConnections();
    endpoint.close();
  }
};

async function timeImport(bundle: URL, { port }: AddressInfo): Promise<number> {
  const environment = {
    ...plainEnvironment(),
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_REGION: 'eu-west-1',
    MPIC_PERSPECTIVE: 'eu-west-1',
    MPIC_HOME_REGION: 'us-east-1',
    MPIC_RESULTS_TABLE: 'mpic-results',
    MPIC_WAKE_QUEUE: 'https://sqs.us-east-1.amazonaws.com/123456789012/wake-ups',
    MPIC_VERSION: 'bench',
    // The start of unbound is measured by itself; here it would ask the root for its keys.
    MPIC_RESOLVER: 'system',
  };
  const args = ['--input-type=module', '--eval', TIMED_IMPORT, bundle.href];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
  return Number(stdout);
}
