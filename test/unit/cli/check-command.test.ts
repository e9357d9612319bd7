import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { REQUEST_EXAMPLES } from '../../../shared/contract/api/request-examples.ts';
import { VALIDATION_METHODS } from '../../../shared/domain/check/check.ts';
import {
  COMMANDS_A_TERMINAL,
  HOSTILE,
  ID,
  KEY,
  neverDecides,
  RUNNING,
  useAskedService,
  VALUE,
} from './ask-lab.ts';
import { type Run, runCommand, type World } from './run-command.ts';
import type { Answering } from './verify-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'mpic-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { startService, open, openChanged } = useAskedService();

const check = (url: string, argv: readonly string[], world: World = {}): Promise<Run> =>
  runCommand(['check', '--url', url, ...argv], { environment: { MPIC_KEY: KEY }, ...world });

const DNS_CHANGE = ['--method', 'dns-change', '--dns-record-type', 'TXT', '--dns-name-prefix', '_dcv'];

describe('mpic check: wrong usage', () => {
  it.each([
    {
      name: 'an unknown method is answered with the one that was probably meant',
      argv: ['example.com', '--method', 'dns-chnage'],
      says: '--method "dns-chnage" is not a validation method; did you mean dns-change?',
    },
    {
      name: 'a method that is like no other is answered with those there are',
      argv: ['example.com', '--method', 'x'],
      says: 'there are website-change, acme-http-01, ',
    },
    {
      name: 'a method that would command the terminal is shown escaped',
      argv: ['example.com', '--method', '\u001b[2J'],
      says: '--method "\\u{1b}[2J" is not a validation method',
    },
    {
      name: 'a missing parameter is named, with an example',
      argv: ['example.com', '--method', 'dns-change', '--dns-record-type', 'TXT'],
      says: `dns-change needs --challenge-value, for example --challenge-value ${VALUE}`,
    },
    {
      name: 'two missing parameters are named together',
      argv: ['example.com', '--method', 'website-change'],
      says: 'website-change needs --challenge-value and --http-token-path, for example ',
    },
    {
      name: 'the missing account of dns-account-01, which has two names, is named',
      argv: ['example.com', '--method', 'dns-account-01', '--key-authorization-hash', 'a'],
      says: 'dns-account-01 needs --acme-account-url, for example --acme-account-url https://ca.example/acct/9',
    },
    {
      name: 'a record type that the method does not take is told',
      argv: ['example.com', ...DNS_CHANGE, '--dns-record-type', 'MX', '--challenge-value', VALUE],
      says: '--dns-record-type: must be one of CNAME, TXT, CAA',
    },
    {
      name: 'steps to the Authorization Domain Name without a method are refused',
      argv: ['example.com', '--adn-steps', 'strip'],
      says: '--adn-steps is for a validation: name it with --method',
    },
    {
      name: 'a step that does not exist is shown, with those that do',
      argv: [
        'example.com',
        ...DNS_CHANGE,
        '--challenge-value',
        VALUE,
        '--adn-steps',
        'strip,climb:example.com',
      ],
      says: '--adn-steps has a step "climb:example.com"; steps are strip, cname:<name>',
    },
    {
      name: 'a step whose name no DNS can hold is counted',
      argv: ['example.com', ...DNS_CHANGE, '--challenge-value', VALUE, '--adn-steps', 'strip,prune:a..b'],
      says: '--adn-steps, step 2: should be a domain name',
    },
    {
      name: 'a cohort that is not a number',
      argv: ['example.com', '--cohort', 'first'],
      says: '--cohort is not a whole number',
    },
    {
      name: 'a parameter of another method is told, with those of this one',
      argv: ['example.com', ...DNS_CHANGE, '--challenge-value', VALUE, '--token', 'secret'],
      says: '--token is not for dns-change which takes --require-exact-case, --challenge-value, ',
    },
    {
      name: 'a parameter of a method is told when no method is given',
      argv: ['example.com', '--challenge-value', 'secret'],
      says: '--challenge-value is not for a CAA check, without --method, which takes --certificate-type, ',
    },
    {
      name: 'a switch of the API is true or false',
      argv: ['example.com', '--allow-lookup-failure', 'perhaps'],
      says: '--allow-lookup-failure is neither true nor false',
    },
    {
      name: 'headers are JSON',
      argv: ['example.com', '--method', 'acme-http-01', '--http-headers', 'accept: secret'],
      says: '--http-headers is not JSON',
    },
    {
      name: 'a digest that cannot be one is told',
      argv: ['example.com', '--method', 'acme-tls-alpn-01', '--key-authorization-hash', 'secret'],
      says: '--key-authorization-hash: should be the SHA-256 of the key authorization',
    },
    {
      name: 'a trace identifier with control characters is told',
      argv: ['example.com', '--trace', 'secret\u0007'],
      says: '--trace: should hold printable characters only',
    },
    {
      name: 'a count is a whole number',
      argv: ['example.com', '--count', 'six'],
      says: '--count is not a whole number',
    },
    {
      name: 'a wait of no time is told',
      argv: ['example.com', '--wait', '0'],
      says: '--wait "0" is not a number from 1 to 3600',
    },
    {
      name: 'a target is needed',
      argv: [],
      says: "missing required argument 'target'",
    },
    {
      name: 'a second target is one too many',
      argv: ['example.com', 'example.net'],
      says: 'too many arguments',
    },
    {
      name: 'an asynchronous request needs a service that stays',
      argv: ['example.com', '--async'],
      says: '--async needs --url',
    },
    {
      name: 'a key without a URL has nobody to go to',
      argv: ['example.com', '--key-file', join(folder, 'key')],
      says: '--key-file needs --url',
    },
    {
      name: 'a URL with a password in it is not shown',
      argv: ['example.com', '--url', 'https://ca:secret@mpic.example'],
      says: '--url is not an http or https URL without user, query and fragment',
    },
    {
      name: 'a key is not an option',
      argv: ['example.com', '--key=secret'],
      says: "unknown option '--key'",
    },
  ])('$name', async ({ argv, says }) => {
    const { status, out, error } = await runCommand(['check', ...argv]);
    expect([status, out]).toEqual([64, '']);
    expect(error).toContain(says);
    expect(error).toMatch(/^mpic check: [^\n]*; mpic check --help explains\n$/);
    expect(error).not.toContain('secret');
  });

  it.each(VALIDATION_METHODS.map((method) => ({ method })))(
    '$method alone is answered with what it needs and an example of it',
    async ({ method }) => {
      const { status, error } = await runCommand(['check', 'example.com', '--method', method]);
      expect(status).toBe(64);
      expect(error).toMatch(
        new RegExp(`^mpic check: ${method} needs --[a-z-]+( and --[a-z-]+)*, for example --[a-z-]+ `),
      );
    },
  );
});

describe('mpic check --help', () => {
  it.each([
    ['--dns-record-type', 'needed by dns-change (CNAME, TXT, CAA), ip-address (A, AAAA)'],
    ['--url-scheme', 'for website-change (http, https)'],
    ['--caa-domains', 'for caa'],
  ])('says of %s which checks it is for, from the schemas of the API', async (flag, meaning) => {
    const { out } = await runCommand(['check', '--help']);
    expect(out.split('\n').find((line) => line.trim().startsWith(`${flag} `))).toMatch(
      new RegExp(`> +${meaning.replace(/[()]/g, '\\$&')}$`),
    );
  });
});

describe('mpic check: what is sent', () => {
  const methods = Object.values(REQUEST_EXAMPLES).flatMap(({ value }) =>
    'dcv_check_parameters' in value ? [value] : [],
  );

  it.each(methods.map((value) => ({ method: value.dcv_check_parameters.validation_method, value })))(
    'every parameter in the example of $method can be given as an option',
    async ({ value }) => {
      const { validation_method: method, ...parameters } = value.dcv_check_parameters;
      const options = Object.entries(parameters).flatMap(([name, one]) => [
        `--${name.replaceAll('_', '-')}`,
        String(one),
      ]);
      const bodies: unknown[] = [];
      const { url } = await open(async (request) => {
        bodies.push(await request.json());
        return new Response('', { status: 404 });
      });
      await check(url, [value.domain_or_ip_target, '--method', method, ...options]);
      expect(bodies).toEqual([
        {
          check_type: 'dcv',
          domain_or_ip_target: value.domain_or_ip_target,
          dcv_check_parameters: value.dcv_check_parameters,
        },
      ]);
    },
  );

  it('counts, trace identifier and lists are those of the command line', async () => {
    const bodies: unknown[] = [];
    const { url, seen } = await open(async (request) => {
      bodies.push(await request.json());
      return new Response('', { status: 404 });
    });
    const counts = ['--count', '6', '--quorum', '5', '--attempts', '2', '--trace', 'order 4711'];
    await check(url, [
      'example.com',
      ...counts,
      '--caa-domains',
      'ca.example, ca.test',
      '--allow-lookup-failure',
      'true',
    ]);
    expect(bodies).toEqual([
      {
        check_type: 'caa',
        domain_or_ip_target: 'example.com',
        trace_identifier: 'order 4711',
        orchestration_parameters: { perspective_count: 6, quorum_count: 5, max_attempts: 2 },
        caa_check_parameters: { caa_domains: ['ca.example', 'ca.test'], allow_lookup_failure: true },
      },
    ]);
    expect(seen).toEqual([{ path: '/mpic?async=true', key: KEY }]);
  });

  it('the order, the steps to the target and the cohort are those of the command line', async () => {
    const bodies: unknown[] = [];
    const { url } = await open(async (request) => {
      bodies.push(await request.json());
      return new Response('', { status: 404 });
    });
    const steps = 'strip, cname:shop.cdn.example, cname:shop.cdn.example>edge.cdn.example, prune:cdn.example';
    await check(url, [
      'cdn.example',
      ...DNS_CHANGE,
      ...['--challenge-value', VALUE, '--order-reference', '4711', '--certificate-type', 's-mime'],
      ...['--applied-for', '*.shop.example', '--adn-steps', steps, '--cohort', '2'],
    ]);
    expect(bodies).toEqual([
      expect.objectContaining({
        domain_or_ip_target: 'cdn.example',
        order_reference: '4711',
        certificate_type: 's-mime',
        applied_for: '*.shop.example',
        adn_steps: [
          { step: 'strip' },
          { step: 'cname', to: 'shop.cdn.example' },
          { step: 'cname', from: 'shop.cdn.example', to: 'edge.cdn.example' },
          { step: 'prune', to: 'cdn.example' },
        ],
        orchestration_parameters: { cohort_for_single_attempt: 2 },
      }),
    ]);
  });

  it('the key of the file wins over that of the environment', async () => {
    const file = join(folder, 'key-file');
    writeFileSync(file, 'key-of-the-file-1\n');
    const { url, seen } = await open(() => new Response('', { status: 404 }));
    await check(url, ['example.com', '--key-file', file]);
    expect(seen.map(({ key }) => key)).toEqual(['key-of-the-file-1']);
  });
});

describe('mpic check: the verdict of a service', () => {
  it('is valid, with the table and the quorum in words', async () => {
    const { url } = await openChanged();
    const run = await check(url, ['permitted.test']);
    expect(run).toMatchObject({ status: 0 });
    expect(run.out).toContain(
      'valid: 6 of 6 remote perspectives corroborate; at least 4 were required, in 2 RIR regions',
    );
    expect(run.out).toMatch(
      /│ us-east-1 +│ US East \(N\. Virginia\) +│ ARIN +│ passed +│ insecure │ +\d+ ms │ authorised/,
    );
    expect(run.out).toContain(
      'not evidence under TLS BR 3.2.2.9: shared-host (all perspectives ran on one machine)',
    );
    expect(run.out).not.toMatch(COMMANDS_A_TERMINAL);
  });

  it.each([
    {
      name: 'CAA names another CA',
      argv: ['forbidden.test'],
      status: 1,
      says: /not valid: 0 of 6 .*issuer-not|issuer-not-authorised/,
    },
    {
      name: 'the value is another one',
      argv: ['permitted.test', ...DNS_CHANGE, '--challenge-value', `${VALUE}x`],
      status: 1,
      says: /not valid: 0 of 6/,
    },
    {
      name: 'the value is there',
      argv: ['permitted.test', ...DNS_CHANGE, '--challenge-value', VALUE],
      status: 0,
      says: /valid: 6 of 6/,
    },
    {
      name: 'no perspective could look',
      argv: ['broken.test'],
      status: 2,
      says: /undecided: 0 of 6 .* too many could not complete their check/,
    },
  ])('ends with status $status when $name', async ({ argv, status, says }) => {
    const { url } = await openChanged();
    const run = await check(url, argv);
    expect([run.status, run.out]).toEqual([status, expect.stringMatching(says)]);
    expect((await check(url, [...argv, '--json'])).status).toBe(status);
  });

  it('is with --json the body of the API, byte for byte, and nothing else', async () => {
    const { url, bodies } = await openChanged();
    const run = await check(url, ['permitted.test', '--json', '--trace', 'order \u00e9 4711']);
    expect(run).toEqual({ status: 0, out: `${bodies.at(-1)}\n`, error: '' });
    expect(bodies).toHaveLength(1);
  });

  it('is with --json the response of the view when it had to be waited for, members unknown here included', async () => {
    let told = '';
    const { url, bodies } = await openChanged((body) => {
      const value = JSON.parse(body) as { response?: Record<string, unknown> };
      if (value.response === undefined || value.response === null) return body;
      told = JSON.stringify({ ...value.response, colour: 1 });
      return JSON.stringify({ ...value, response: { ...value.response, colour: 1 } });
    });
    const forced = await open((request) => {
      const to = new URL(request.url);
      return fetch(`${url}${to.pathname}${request.method === 'POST' ? '?async=true' : to.search}`, {
        method: request.method,
        headers: request.headers,
        ...(request.method === 'POST' ? { body: request.body, duplex: 'half' } : {}),
      } as RequestInit);
    });
    const run = await check(forced.url, ['permitted.test', '--json']);
    expect(run).toEqual({ status: 0, out: `${told}\n`, error: '' });
    expect(bodies.length).toBeGreaterThan(1);
  });

  it('is shown without places when the perspectives cannot be had', async () => {
    const api = await startService();
    const { url } = await open((request) =>
      request.url.endsWith('/perspectives') ? new Response('', { status: 404 }) : api(request),
    );
    const run = await check(url, ['permitted.test']);
    expect([run.status, run.out]).toEqual([0, expect.stringMatching(/│ us-east-1 +│ - +│ - +│ passed/)]);
  });

  it('with --async is not waited for: the id is printed, and nothing else', async () => {
    const { url } = await openChanged();
    const run = await check(url, ['permitted.test', '--async']);
    expect(run).toMatchObject({ status: 0, out: expect.stringMatching(/^[0-9a-f-]{36}\n$/), error: '' });
  });

  it('has nothing in it that commands the terminal, whatever the service writes', async () => {
    const hostile = JSON.stringify(HOSTILE).slice(1, -1);
    const { url } = await openChanged((body) =>
      body
        .replaceAll('"perspective_code":"us-east-1"', `"perspective_code":"${hostile}"`)
        .replaceAll('"checked_identifier":"forbidden.test"', `"checked_identifier":"${hostile}"`)
        .replaceAll(
          '"errors":null',
          `"errors":[{"error_type":"dcv_checker:lookup","error_message":"${hostile}"}]`,
        )
        .replaceAll('"quorum":"0/6"', `"quorum":"${hostile}"`)
        .replaceAll('"name":"US West (Oregon)"', `"name":"${hostile}"`),
    );
    for (const more of [[], ['--json']]) {
      const run = await check(url, ['forbidden.test', ...more], { isTerminal: false });
      expect([run.status, run.error]).toEqual([1, expect.any(String)]);
      expect(run.out).toContain('owned');
      expect(`${run.out}${run.error}`).not.toMatch(COMMANDS_A_TERMINAL);
    }
  });
});

describe('mpic check: no verdict', () => {
  it('in time ends with 2, names the id, and told each perspective once in plain lines', async () => {
    const { url } = await open(neverDecides);
    const run = await check(url, ['permitted.test', '--wait', '2']);
    expect([run.status, run.out]).toEqual([2, '']);
    const lines = run.error.split('\n');
    expect(lines.filter((line) => line.includes('passed'))).toHaveLength(1);
    expect(run.error).toContain(`its id is ${ID}\n`);
    expect(run.error).toMatch(
      /mpic check: the service gave a 202, and no verdict within 2000 ms, 1 of 6 results in/,
    );
    expect(run.error).not.toMatch(COMMANDS_A_TERMINAL);
  });

  it('is shown on a terminal as a block that is written over and taken away', async () => {
    const { url } = await open(neverDecides);
    const run = await check(url, ['permitted.test', '--wait', '2'], { isTerminal: true });
    expect(run.error).toContain('1 of 6 perspectives have answered\n  us-east-1');
    expect(run.error).toContain('\u001b[2A\u001b[J');
    expect(run.error.replaceAll('\u001b[2A\u001b[J', '')).not.toMatch(COMMANDS_A_TERMINAL);
  });

  it('when it is interrupted ends with 2 and one line', async () => {
    const { url } = await open(() => new Promise(() => {}));
    const run = await check(url, ['permitted.test'], { signal: AbortSignal.timeout(200) });
    expect(run).toEqual({ status: 2, out: '', error: 'mpic check: interrupted\n' });
  });

  it.each<{ name: string; answering: Answering; status?: number; says: RegExp; argv?: readonly string[] }>([
    {
      name: 'who answers knows no such path',
      answering: () => new Response('<html>', { status: 404 }),
      says: /the service gave status 404: "<html>"\. Check the base URL/,
    },
    {
      name: 'who answers is not the service',
      answering: () => new Response('<html>'),
      says: /without JSON|of another form|status 200/,
    },
    {
      name: 'the service answers about another name',
      answering: (request) =>
        request.method === 'POST'
          ? Response.json(RUNNING, { status: 202 })
          : Response.json({ ...RUNNING, mpic_id: '11111111-48b2-5dd8-8eab-c062feb7b587' }),
      says: /the service gave the job of another request\. Check what stands between/,
    },
    {
      name: 'the answer repeats the key',
      answering: () => new Response(JSON.stringify({ you: KEY })),
      says: /repeats the API key/,
    },
    {
      name: 'the service redirects elsewhere',
      answering: () => new Response('', { status: 302, headers: { location: 'https://elsewhere.test/' } }),
      says: /a redirect, status 302, to "https:\/\/elsewhere\.test\/"/,
    },
    {
      name: 'the service explains with hostile words',
      answering: () =>
        Response.json({ error: 'overloaded', message: HOSTILE, request_id: 'r' }, { status: 403 }),
      says: /status 403, overloaded: \\u\{1b\}\]0;owned/,
    },
  ])('ends with 2 and one line when $name', async ({ answering, says }) => {
    const { url } = await open(answering);
    for (const more of [[], ['--json']]) {
      const run = await check(url, ['permitted.test', '--wait', '3', ...more]);
      expect([run.status, run.out]).toEqual([2, '']);
      expect(run.error).toMatch(says);
      expect(run.error).toMatch(/^mpic check: [^\n]*\n$/);
      expect(run.error).not.toContain(KEY);
      expect(run.error).not.toMatch(COMMANDS_A_TERMINAL);
    }
  });

  it('ends with 2 when no service answers', async () => {
    const run = await check('http://127.0.0.1:9', ['permitted.test', '--wait', '1']);
    expect(run).toMatchObject({
      status: 2,
      out: '',
      error: expect.stringMatching(/^mpic check: the service gave no answer: [^\n]*\n$/),
    });
  });

  it.each([
    {
      name: 'the key is wrong',
      environment: { MPIC_KEY: 'another-key-of-16' },
      status: 2,
      says: 'status 403, api-key-invalid: ',
    },
    { name: 'the key is missing', environment: {}, status: 2, says: 'status 401, api-key-missing: ' },
    {
      name: 'the key cannot be sent',
      environment: { MPIC_KEY: 'with space' },
      status: 64,
      says: 'MPIC_KEY holds something else than visible ASCII',
    },
  ])('ends with $status when $name', async ({ environment, status, says }) => {
    const { url } = await openChanged();
    const run = await check(url, ['permitted.test'], { environment });
    expect([run.status, run.out]).toEqual([status, '']);
    expect(run.error).toContain(`mpic check: ${says}`);
  });

  it('ends with 2 when the key file is not there', async () => {
    const run = await check('http://127.0.0.1:9', ['permitted.test', '--key-file', join(folder, 'missing')]);
    expect(run).toEqual({ status: 2, out: '', error: 'mpic check: --key-file cannot be read\n' });
  });

  it.each([
    { name: 'a name that no certificate may hold', argv: ['localhost'], says: 'localhost' },
    {
      name: 'a quorum that the rules do not allow',
      argv: ['permitted.test', '--quorum', '1'],
      says: 'quorum_count',
    },
    { name: 'too few perspectives', argv: ['permitted.test', '--count', '2'], says: 'perspective_count 2' },
  ])('is wrong usage, in the words of the service, for $name', async ({ argv, says }) => {
    const { url } = await openChanged();
    const run = await check(url, argv);
    expect([run.status, run.out]).toEqual([64, '']);
    expect(run.error).toMatch(/^mpic check: the service does not take this request: [^\n]*\n$/);
    expect(run.error).toContain(says);
  });
});
