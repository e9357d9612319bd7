import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import type { MpicRequest } from '../../../shared/contract/api/request-body.ts';
import { citeMethod } from '../../../shared/domain/dcv/methods.ts';
import { define, type Io } from '../shell/command.ts';
import { showVerdict } from './check.ts';
import { withOwnService } from './connection.ts';

const ADDRESS = '127.0.0.1';
const LOOPBACK = '127.0.0.0/8';
const TOKEN_PATH = 'mpic-try.txt';
const URL_PATH = `/.well-known/pki-validation/${TOKEN_PATH}`;
/** TLS BR 1.6.1 [definitions]: a Random Value has at least 112 bits. */
const CHALLENGE_BYTES = 24;
const TIMEOUT_MS = 20_000;

const NEXT = `Next:
  npx mpic check example.com
  npx mpic check example.com --method dns-change --dns-record-type TXT --challenge-value <your Random Value>
  npx mpic start
`;

/** `mpic try`: a first verdict without a network, of a file that this command serves itself. */
export function defineCommand(command: Command, io: Io): void {
  command.description(
    `See a first verdict: serves a file with a Random Value on ${ADDRESS}, and has it checked by website-change with a service that runs ` +
      'for this command. Needs neither network nor unbound, and takes no setting from the environment.',
  );
  define(command, {}, ['mpic try'], () => tryOut(io));
}

/** A file server of one file, for as long as it is open. */
interface Site {
  readonly port: number;
  readonly fetched: number;
  close(): void;
}

async function serveFile(body: string): Promise<Site> {
  let fetched = 0;
  const server = createServer((request, response) => {
    const isFile = request.method === 'GET' && request.url === URL_PATH;
    if (isFile) fetched += 1;
    response.writeHead(isFile ? 200 : 404, { 'content-type': 'text/plain' });
    response.end(isFile ? body : '');
  });
  server.listen(0, ADDRESS);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get fetched() {
      return fetched;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function tryOut(io: Io): Promise<number> {
  const value = randomBytes(CHALLENGE_BYTES).toString('base64url');
  const site = await serveFile(value);
  // The settings of a lab, for the service of this command alone: every answer that it gives says so.
  const lab = ['--allow-networks', LOOPBACK, '--lab-ports', `80:${site.port}`, '--resolver', 'system'];
  const section = citeMethod('website-change', { kind: 'ip' });
  io.out(
    `Serving http://${ADDRESS}:${site.port}${URL_PATH} with the Random Value ${value}\n` +
      `Starting the service with ${lab.slice(0, 4).join(' ')}: a lab, whose verdicts are not evidence\n` +
      `Checking ${ADDRESS} by website-change (${section})\n\n`,
  );
  const request: MpicRequest = {
    check_type: 'dcv',
    domain_or_ip_target: ADDRESS,
    trace_identifier: 'mpic-try',
    dcv_check_parameters: {
      validation_method: 'website-change',
      http_token_path: TOKEN_PATH,
      challenge_value: value,
    },
  };
  try {
    return await withOwnService(withoutSettings(io), lab, io, async (client, signal) => {
      const response = await client.check(request, { signal, timeoutMs: TIMEOUT_MS });
      const status = await showVerdict(client, response, { signal }, io);
      io.out(`the file was fetched ${site.fetched} times\n\n${NEXT}`);
      return status;
    });
  } finally {
    site.close();
  }
}

/** What an operator has set is for another service than this. */
function withoutSettings({ environment }: Io): Io['environment'] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('MPIC_')));
}
