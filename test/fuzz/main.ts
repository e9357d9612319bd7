import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startDnsServer } from '../lab/dns/dns-server.ts';
import { spawnService } from '../support/spawn-service.ts';

const USAGE = `npm run test:fuzz -- [flags]

Sends requests made from /openapi.json to a service on loopback, and compares each answer with that document: no 5xx but
the documented 503, and no status, header or body that the document does not have. The resolver of the service knows no
name, and no check may connect anywhere.

  --seconds N      longest time of the requests (default 90)
  --examples N     requests for each operation and phase at most (default 4000)
  --workers N      requests at a time (default 2)
  --phases LIST    of examples, coverage, fuzzing and stateful (default examples,fuzzing,coverage)
  --seed N         for the same requests again (default random)

The program is schemathesis ${'4.32.5'} of PyPI: TEST_SCHEMATHESIS names it, otherwise it is looked for on the path.
Exit status 0 if nothing was found, 1 if something was, 3 if there is no such program.
`;

/** From the folder of the project, where `npm run` is. */
const HOOKS = 'test/fuzz/hooks.py';

/** Nothing was tried. */
const EXIT_SKIPPED = 3;
/** Time for the program to start, to minimise what it found and to report, seconds. */
const GRACE_S = 60;

/** What is compared. Those left out are about the document's style, or say that a request should have been rejected or taken. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'missing_required_header',
];

const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    seconds: number('90'),
    examples: number('4000'),
    workers: number('2'),
    phases: number('examples,fuzzing,coverage'),
    seed: { type: 'string' },
  },
});

/** `npm run test:fuzz`. */
async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const program = process.env.TEST_SCHEMATHESIS ?? 'schemathesis';
  // Any name does not exist, which every check learns at once.
  const dns = await startDnsServer({ records: [], logSize: 0 });
  const log: string[] = [];
  const service = await spawnService(
    [
      ...['--port', '0', '--data-dir', ':memory:', '--log-level', 'error', '--linger-ms', '0'],
      ...['--resolver', `${dns.address}:${dns.port}`, '--deny-networks', '0.0.0.0/0,::/0'],
    ],
    log,
  );
  try {
    const status = await fuzz(program, service.url);
    if (status === null) {
      process.stdout.write(`skipped: ${program} cannot be run; TEST_SCHEMATHESIS names schemathesis\n`);
      return EXIT_SKIPPED;
    }
    if (status !== 0) process.stdout.write(log.join(''));
    return status === 0 ? 0 : 1;
  } finally {
    service.child.kill('SIGTERM');
    await service.exited;
    await dns.close();
  }
}

/** The exit status of the program; null if it cannot be started. */
function fuzz(program: string, url: string): Promise<number | null> {
  const args = [
    ...['run', `${url}/openapi.json`, '--url', url, '--no-color'],
    ...['--checks', CHECKS.join(','), '--mode', 'all', '--phases', values.phases],
    ...['--max-examples', values.examples, '--workers', values.workers, '--max-time', values.seconds],
    ...['--generation-database', 'none', '--continue-on-failure', '--request-timeout', '30'],
    ...(values.seed === undefined ? [] : ['--seed', values.seed]),
  ];
  return new Promise((resolve) => {
    const env = { ...process.env, SCHEMATHESIS_HOOKS: HOOKS };
    const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), (Number(values.seconds) + GRACE_S) * 1000);
    child.on('error', () => {
      clearTimeout(timer);
      resolve(null);
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

process.exitCode = await main();
