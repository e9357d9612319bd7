import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { poll } from './poll.ts';
import type { ProcessGroups } from './process-groups.ts';
import type { Tools } from './tools.ts';
import type { WorkFolder } from './work-folder.ts';

/** An emulator of AWS that runs, with IAM enforced and over TLS only. */
export interface Emulator {
  readonly endpoint: string;
  readonly port: number;
  /** The certificate it shows: a file, and an agent that trusts it. */
  readonly certificate: string;
  readonly agent: Agent;
  /** The name by which it knows an API, for the header Host. */
  apiHost(apiId: string): string;
  /** End it and the functions it has started. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const API_SUFFIX = 'localhost';
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const CALL_TIMEOUT_MS = 5_000;
const POLL_MS = 100;

/** Start the emulator on a free port and wait until it is ready. It keeps everything in memory and below the work folder. */
export async function startEmulator(
  groups: ProcessGroups,
  folder: WorkFolder,
  tools: Tools,
): Promise<Emulator> {
  const port = await findFreePort();
  const endpoint = `https://${HOST}:${port}`;
  const own = join(folder.path, 'emulator');
  const temporary = join(own, 'tmp');
  await mkdir(temporary, { recursive: true });
  const log = join(folder.path, 'emulator.log');
  // Its own command would take port 443 as well where it may.
  const child = groups.start(
    join(tools.python, 'hypercorn'),
    [
      'ministack.app:app',
      '--config',
      `file:${tools.serverSettings}`,
      '--bind',
      `${HOST}:${port}`,
      '--keep-alive',
      '75',
    ],
    { cwd: own, env: emulatorEnvironment(own, temporary, port, tools) },
  );
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text: Buffer) => void appendFile(log, text).catch(() => {}));
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (status) => reject(new Error(`the emulator ended with ${status}`)));
  });
  // Later it ends because it is told to.
  ended.catch(() => {});
  await Promise.race([ended, waitUntilReady(endpoint)]);
  const certificate = join(temporary, 'ministack-tls/server.crt');
  const agent = new Agent({ ca: await readFile(certificate) });
  return {
    endpoint,
    port,
    certificate,
    agent,
    apiHost: (apiId) => `${apiId}.execute-api.${API_SUFFIX}:${port}`,
    async stop() {
      // It leaves its functions running when it is only told to end.
      await ask('POST', `${endpoint}/_ministack/reset`, STOP_TIMEOUT_MS).catch(() => 0);
      child.kill('SIGTERM');
      await poll(
        'the emulator ended',
        STOP_TIMEOUT_MS,
        POLL_MS,
        async () => child.exitCode ?? child.signalCode,
      );
    },
  };
}

/** Nothing of the user's environment: the functions would get it. */
function emulatorEnvironment(own: string, temporary: string, port: number, tools: Tools): NodeJS.ProcessEnv {
  return {
    PATH: `${tools.functionsNode}:${process.env.PATH ?? ''}`,
    HOME: own,
    TMPDIR: temporary,
    GATEWAY_PORT: String(port),
    BIND_HOST: HOST,
    // The end of the host names of APIs: one that ends like an address would be no host name.
    MINISTACK_HOST: API_SUFFIX,
    MINISTACK_REGION: 'us-east-1',
    AUTH: 'true',
    USE_SSL: '1',
    LAMBDA_EXECUTOR: 'local',
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
    DOCKER_HOST: `unix://${join(own, 'no-docker')}`,
    S3_DATA_DIR: join(own, 's3'),
    STATE_DIR: join(own, 'state'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

async function waitUntilReady(endpoint: string): Promise<void> {
  await poll('the emulator is ready', START_TIMEOUT_MS, POLL_MS, async () => {
    const status = await ask('GET', `${endpoint}/_ministack/ready`, CALL_TIMEOUT_MS).catch(() => 0);
    return status === 200 ? true : null;
  });
}

/** One of the emulator's own calls. Its certificate is not known before it has started, and nothing secret goes there. */
function ask(method: string, url: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { method, rejectUnauthorized: false, signal: AbortSignal.timeout(timeoutMs) };
    request(url, options, (response) => {
      response.resume();
      response.once('error', reject).once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end();
  });
}

/** Free a moment ago; should somebody be faster, the emulator says so and ends. */
async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
