import { makeLabCertificate } from '../../lab/web/lab-certificate.ts';
import { type CheckPlan, runLoad } from '../load.ts';
import { type Measurement, percentiles } from '../measurement.ts';
import { readCpuMs, readPeakMiB } from '../process-usage.ts';
import { type BenchServer, startServer } from '../server.ts';
import { type BenchContext, checkPlan, rate, type Scenario } from './context.ts';

const TARGET = 'www.test';
const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
const KEY_AUTHORIZATION = `${TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
const VALUE = 'rv-7f3c90e1b2d4a6f8091b';
const DIGEST = Buffer.alloc(32, 7);
/** Callers for the CPU of a check: enough to keep the server busy. */
const CALLERS = 8;
const WARM_UP_S = 2;

const CHALLENGE = `/.well-known/acme-challenge/${TOKEN}`;
const FILE = '/.well-known/pki-validation/proof.txt';
const SITES = [
  { path: CHALLENGE, answer: { body: KEY_AUTHORIZATION } },
  { path: FILE, answer: { body: VALUE } },
];

/** One validation by each kind of method that asks a server: six perspectives, each over its own connection. */
const METHODS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'acme-http-01': { validation_method: 'acme-http-01', token: TOKEN, key_authorization: KEY_AUTHORIZATION },
  'website-change over https': {
    validation_method: 'website-change',
    http_token_path: 'proof.txt',
    url_scheme: 'https',
    challenge_value: VALUE,
  },
  'acme-tls-alpn-01': {
    validation_method: 'acme-tls-alpn-01',
    key_authorization_hash: DIGEST.toString('hex'),
  },
};

/** Latency and CPU of a validation over HTTP and TLS. */
export const measureMethods: Scenario = async (context) => {
  const certificate = makeLabCertificate({
    names: [{ type: 'dns', value: TARGET }],
    acmeIdentifier: { digest: DIGEST },
  });
  const server = await startServer(context.options, {
    web: {
      http: { sites: SITES },
      https: { sites: SITES, tls: { default: certificate, alpn: ['acme-tls/1', 'http/1.1'] } },
    },
  });
  try {
    const rows: Measurement[] = [];
    for (const [name, dcv] of Object.entries(METHODS)) {
      context.progress(name);
      const check = { ...checkPlan(context, server), target: TARGET, dcv };
      await runLoad(check, { callers: CALLERS, seconds: WARM_UP_S });
      rows.push(...(await measureMethod(context, server, name, check)));
    }
    const peak = server.pid === null ? null : readPeakMiB(server.pid);
    return peak === null ? rows : [...rows, row('server memory, peak', peak, 'MiB')];
  } finally {
    await server.stop();
  }
};

async function measureMethod(
  { options }: BenchContext,
  { pid }: BenchServer,
  name: string,
  check: CheckPlan,
): Promise<readonly Measurement[]> {
  const alone = percentiles((await runLoad(check, { callers: 1, seconds: options.seconds })).samples);
  const before = pid === null ? null : readCpuMs(pid);
  const busy = await runLoad(check, { callers: CALLERS, seconds: options.seconds });
  const after = pid === null ? null : readCpuMs(pid);
  const cpu = before === null || after === null ? [] : [(after - before) / busy.samples.length];
  return [
    row(`${name}, one caller, p50`, alone.p50, 'ms'),
    row(`${name}, one caller, p99`, alone.p99, 'ms'),
    row(`${name}, ${CALLERS} callers`, rate(busy), 'checks/s'),
    ...cpu.map((ms) => row(`${name}, server CPU a check`, ms, 'ms')),
  ];
}

function row(what: string, value: number, unit: string): Measurement {
  return { scenario: 'methods', what, value, unit };
}
