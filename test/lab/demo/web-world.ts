import { makeLabCertificate } from '../web/lab-certificate.ts';
import type { WebSite } from '../web/web-script.ts';
import { startWebServer } from '../web/web-server.ts';
import {
  ATTACKER_VALUE,
  OWNER_DIGEST,
  OWNER_KEY_AUTHORIZATION,
  RANDOM_VALUE,
  TOKEN,
  WEB_NAME,
} from './world.ts';

/** Perspectives whose route to the web server of route.test leads to the attacker. */
const FOOLED = ['eu-west-1', 'sa-east-1'];

const PROOF = '/.well-known/pki-validation/proof.txt';
const CHALLENGE = `/.well-known/acme-challenge/${TOKEN}`;

export interface LabWebPorts {
  readonly 80: number;
  readonly 443: number;
}

/** The ports that stand for 80 and 443 in the view of a perspective. */
export interface DemoWeb {
  portsOf(code: string): LabWebPorts;
}

/** Web and TLS servers of the owner, and the web server that an attacker puts in the place of one of them. */
export async function startDemoWeb(): Promise<DemoWeb> {
  const certificate = makeLabCertificate({
    names: [{ type: 'dns', value: WEB_NAME }],
    acmeIdentifier: { digest: OWNER_DIGEST },
  });
  const [honest, forged, secure] = await Promise.all([
    startWebServer({ sites: OWNER_SITES }),
    startWebServer({ sites: [...ATTACKER_SITES, ...OWNER_SITES] }),
    startWebServer({ sites: OWNER_SITES, tls: { default: certificate, alpn: ['acme-tls/1', 'http/1.1'] } }),
  ]);
  return {
    portsOf: (code) => ({ 80: (FOOLED.includes(code) ? forged : honest).port, 443: secure.port }),
  };
}

const page = (value: string) => ({ body: `<p>${value}</p>\n` });

const OWNER_SITES: readonly WebSite[] = [
  { host: 'moved.test', path: PROOF, answer: { redirectTo: `https://${WEB_NAME}/proof`, status: 301 } },
  { host: 'inside.test', path: PROOF, answer: { redirectTo: 'http://10.0.0.1/proof' } },
  { host: WEB_NAME, path: '/proof', answer: page(RANDOM_VALUE) },
  { path: PROOF, answer: page(RANDOM_VALUE) },
  { path: CHALLENGE, answer: { body: `${OWNER_KEY_AUTHORIZATION}\n` } },
];

const ATTACKER_SITES: readonly WebSite[] = [
  { host: 'route.test', path: PROOF, answer: page(ATTACKER_VALUE) },
];
