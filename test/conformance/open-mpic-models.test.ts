import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMpicRequest } from '../../shared/contract/api/request-schema.ts';
import { VALIDATION_METHODS } from '../../shared/domain/check/check.ts';
import { parseZoneText } from '../lab/dns/zone.ts';
import { makeLabCertificate } from '../lab/web/lab-certificate.ts';
import { openEmbeddedBench, openRealTimeBench } from '../support/bench.ts';
import { caaRequest, type HarnessOptions } from '../support/harness.ts';
import {
  type ReferenceModels,
  skipWithoutReference,
  startReferenceModels,
} from '../support/open-mpic-models.ts';
import { SIX, TWELVE, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { failing, forbids, NAME, zone } from '../support/views.ts';
import { LOOPBACK, startWorld, type World } from '../support/web-world.ts';
import { caa } from '../support/zone-resolver.ts';
import { ACME_TOKEN, BASE64URL_DIGEST, RANDOM_VALUE, SMALLEST } from '../unit/api/dcv-requests.ts';

const skipped = skipWithoutReference("responses parsed by the reference's own models");

type Json = Record<string, unknown>;

/** Expects `part` to contain nothing that `whole` does not: the reference drops unknown members. */
function expectWithin(part: unknown, whole: unknown, at: string): void {
  if (Array.isArray(part)) {
    expect(whole, at).toHaveLength(part.length);
    for (const [index, item] of part.entries())
      expectWithin(item, (whole as unknown[])[index], `${at}[${index}]`);
  } else if (typeof part === 'object' && part !== null) {
    for (const [key, value] of Object.entries(part))
      expectWithin(value, (whole as Json | null)?.[key], `${at}.${key}`);
  } else {
    expect(whole, at).toBe(part);
  }
}

/** Integers beyond 2^53, which must keep every digit. */
const timestampsIn = (text: string) =>
  text.match(/"timestamp_ns":\s*\d+/g)?.map((one) => one.replace(/\D/g, ''));

describe.skipIf(skipped)("the reference's own models", () => {
  let reference: ReferenceModels;
  beforeAll(() => {
    reference = startReferenceModels();
  });
  afterAll(() => reference.close());

  async function expectReadable(text: string): Promise<void> {
    const answer = JSON.parse(text) as Json;
    const read = await reference.read(
      answer.check_type === 'caa' ? 'MpicCaaResponse' : 'MpicDcvResponse',
      text,
    );
    if (!read.ok) throw new Error(read.error);
    expectWithin(JSON.parse(read.text), answer, 'answer');
    const stamps = timestampsIn(read.text) ?? [];
    expect(timestampsIn(text)?.slice(0, stamps.length)).toEqual(stamps);
    // Evidence is in unions: the details of the wrong family would be parsed as an empty object.
    for (const item of answer.perspectives as { check_response: Json }[]) {
      const model = item.check_response.check_type === 'caa' ? 'CaaCheckResponse' : 'DcvCheckResponse';
      const response = await reference.read(model, JSON.stringify(item.check_response));
      if (!response.ok) throw new Error(response.error);
      const { details } = JSON.parse(response.text) as { details: Json };
      expect(Object.keys(details).length).toBeGreaterThan(1);
    }
  }

  describe('parse a CAA response', () => {
    const bed = useHarness(openEmbeddedBench);
    const rows: readonly { readonly name: string; readonly options: HarnessOptions; readonly body: Json }[] =
      [
        { name: 'that permits', options: {}, body: caaRequest({ trace_identifier: 't-17' }) },
        { name: 'that denies', options: { views: views(SIX, forbids) }, body: caaRequest() },
        { name: 'without records', options: { views: views(SIX, zone({ [NAME]: [] })) }, body: caaRequest() },
        { name: 'with failed lookups', options: { views: views(SIX, failing) }, body: caaRequest() },
        {
          name: 'with the limits of RFC 8657',
          options: {
            views: views(SIX, zone({ [NAME]: [caa(0, 'issue', 'ca.example; accounturi=acct:8')] })),
          },
          body: caaRequest({
            caa_check_parameters: { caa_domains: ['ca.example'], expected_account_uris: ['acct:9'] },
          }),
        },
        {
          name: 'with every parameter',
          options: {},
          body: caaRequest({
            orchestration_parameters: { perspective_count: 5, quorum_count: 5, max_attempts: 1 },
            caa_check_parameters: { certificate_type: 's-mime', allow_lookup_failure: true },
          }),
        },
        { name: 'without parameters', options: {}, body: caaRequest({ caa_check_parameters: null }) },
        {
          name: 'with a perspective that did not respond',
          options: { silent: SIX.slice(0, 1) },
          body: caaRequest(),
        },
        {
          name: 'after earlier attempts',
          options: {
            config: { perspectives: TWELVE },
            views: views(
              TWELVE.map(({ code }) => code),
              forbids,
            ),
          },
          body: caaRequest({ orchestration_parameters: { max_attempts: 2 } }),
        },
        {
          name: 'with a designated primary perspective',
          options: {
            config: {
              perspectives: TWELVE.filter(({ code }) => SIX.includes(code) || code === 'eu-north-1'),
              primary: { kind: 'perspective', code: 'eu-north-1' },
            },
          },
          body: caaRequest(),
        },
        {
          name: 'with advisories',
          options: { config: { policy: 'open-mpic' } },
          body: caaRequest({ orchestration_parameters: { perspective_count: 2 }, unknown: 1 }),
        },
      ];
    it.each(rows)('$name', async ({ options, body }) => {
      const harness = await bed.start(options);
      const reply = await harness.post(body);
      expect(reply.status).toBe(200);
      await expectReadable(reply.text);
      const job = await harness.get(`/mpic/${reply.mpic.mpic_id}`);
      await expectReadable(JSON.stringify(job.job.response));
    });

    it('whose issue types they know, for a 400', async () => {
      const harness = await bed.start();
      const { failure } = await harness.post(
        caaRequest({ orchestration_parameters: { perspective_count: 99, quorum_count: 1 } }),
      );
      const known = await reference.read('issue_types');
      if (!known.ok) throw new Error(known.error);
      expect(failure.error).toBe('request-validation-failed');
      const [issue] = failure.validation_issues;
      expect(JSON.parse(known.text)).toContain(
        issue !== undefined && 'issue_type' in issue && issue.issue_type,
      );
    });
  });

  describe('parse a DCV response', () => {
    const bed = useHarness(openRealTimeBench);
    let world: World;
    const keyAuthorization = `${ACME_TOKEN}.${BASE64URL_DIGEST}`;
    const digest = createHash('sha256').update(keyAuthorization).digest();
    const zoneText = `
_acme-challenge.shop.test          TXT   "${BASE64URL_DIGEST}"
_dcv.shop.test                     TXT   "${RANDOM_VALUE}"
_validation-persist.shop.test      TXT   "ca.example; accounturi=acct:9@ca.example"
_validation-contactemail.shop.test TXT   "dns@shop.example"
_validation-contactphone.shop.test TXT   "+49 30 1"
shop.test                          CAA   0 contactemail "dns@shop.example"
shop.test                          CAA   0 contactphone "+49 30 1"
shop.test                          A     127.0.0.1
1.0.0.11.in-addr.arpa              PTR   shop.example
`;
    beforeAll(async () => {
      const sites = [
        {
          host: 'shop.test',
          path: '/.well-known/pki-validation/v.txt',
          answer: { redirectTo: '/proof', status: 301 },
        },
        { path: '/proof', answer: { body: RANDOM_VALUE } },
        { path: `/.well-known/acme-challenge/${ACME_TOKEN}`, answer: { body: keyAuthorization } },
      ] as const;
      const certificate = makeLabCertificate({
        names: [{ type: 'dns', value: 'shop.test' }],
        acmeIdentifier: { digest },
      });
      const view = {
        dns: { records: parseZoneText(zoneText) },
        http: { sites },
        https: { sites, tls: { default: certificate, alpn: ['acme-tls/1'] } },
      };
      world = await startWorld(Object.fromEntries(SIX.map((code) => [code, view])));
    });
    afterAll(() => world.close());

    // The reference only has the name of dns-account-01 yet, without parameters.
    const methods = VALIDATION_METHODS.filter((method) => method !== 'dns-account-01');
    const changes: Partial<Record<(typeof methods)[number], Json>> = {
      'acme-tls-alpn-01': { key_authorization_hash: digest.toString('hex') },
      'dns-change': { dns_name_prefix: '_dcv' },
      'ip-address': { challenge_value: '127.0.0.1' },
    };
    it.each(methods.flatMap((method) => [true, false].map((passes) => ({ method, passes }))))(
      'for $method, passed: $passes',
      async ({ method, passes }) => {
        const harness = await bed.start({
          networkViews: world.views,
          config: { policy: 'open-mpic', allowNetworks: LOOPBACK },
        });
        const address = method === 'reverse-address-lookup' ? '11.0.0.1' : 'shop.test';
        const reply = await harness.post({
          check_type: 'dcv',
          domain_or_ip_target: passes ? address : address.replace('shop', 'gone').replace('.1', '.2'),
          dcv_check_parameters: { validation_method: method, ...SMALLEST[method], ...changes[method] },
        });
        expect(reply.status).toBe(200);
        expect(reply.mpic.is_valid).toBe(passes);
        await expectReadable(reply.text);
      },
    );
  });

  describe('produce requests that both policies accept', () => {
    it.each(VALIDATION_METHODS.filter((method) => method !== 'dns-account-01'))('by %s', async (method) => {
      const parameters = { validation_method: method, ...SMALLEST[method] };
      const sent = { domain_or_ip_target: 'shop.example', dcv_check_parameters: parameters };
      const written = await reference.read('MpicDcvRequest', JSON.stringify(sent));
      if (!written.ok) throw new Error(written.error);
      for (const policy of ['baseline-requirements', 'open-mpic'] as const) {
        const parsed = parseMpicRequest(JSON.parse(written.text), policy);
        expect(parsed).toMatchObject({ ok: true, request: { ignoredMembers: [] } });
        if (parsed.ok) expect(parsed.request.parameters).toMatchObject({ dcv: { method } });
      }
    });

    it('for CAA', async () => {
      const sent = {
        domain_or_ip_target: 'shop.example',
        orchestration_parameters: {},
        caa_check_parameters: {},
      };
      const written = await reference.read('MpicCaaRequest', JSON.stringify(sent));
      if (!written.ok) throw new Error(written.error);
      const parsed = parseMpicRequest(JSON.parse(written.text), 'baseline-requirements');
      expect(parsed).toMatchObject({ ok: true, request: { checkType: 'caa', ignoredMembers: [] } });
    });
  });
});
