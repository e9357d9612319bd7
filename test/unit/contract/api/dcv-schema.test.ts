import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMpicRequest } from '../../../../shared/contract/api/request-schema.ts';
import { VALIDATION_METHODS } from '../../../../shared/domain/check/check.ts';
import { accept, loc, type Method, parse, parseMethod, SMALLEST } from '../../api/dcv-requests.ts';

describe('dcv_check_parameters', () => {
  it.each(VALIDATION_METHODS)(
    '%s is accepted with what it requires, and its echo means the same',
    (method) => {
      const request = accept(method);
      const again = parse(request.echo.checkParameters);
      expect(again).toEqual({ ok: true, request });
      expect(request.parameters).toMatchObject({ checkType: 'dcv', dcv: { method } });
    },
  );

  it.each(
    VALIDATION_METHODS.flatMap((method) =>
      Object.keys(SMALLEST[method]).map((member) => ({ method, member })),
    ),
  )('$method without $member is refused', ({ method, member }) => {
    expect(parseMethod(method, { [member]: undefined })).toMatchObject({
      ok: false,
      issues: [{ type: 'missing', loc: loc(method, member), msg: 'Field required' }],
    });
  });

  it.each(
    VALIDATION_METHODS.flatMap((method) =>
      Object.keys(SMALLEST[method]).map((member) => ({ method, member })),
    ),
  )('$method with null as $member is refused', ({ method, member }) => {
    expect(parseMethod(method, { [member]: null })).toMatchObject({
      ok: false,
      issues: [{ type: expect.stringMatching(/^(string_type|enum|list_type)$/), loc: loc(method, member) }],
    });
  });

  it.each<{ method: Method; member: string; fixed: unknown; other: unknown }>([
    { method: 'acme-http-01', member: 'require_exact_case', fixed: true, other: false },
    { method: 'acme-dns-01', member: 'require_exact_case', fixed: true, other: false },
    { method: 'acme-dns-01', member: 'dns_record_type', fixed: 'TXT', other: 'CNAME' },
    { method: 'acme-dns-01', member: 'dns_name_prefix', fixed: '_acme-challenge', other: '_elsewhere' },
    { method: 'acme-tls-alpn-01', member: 'require_exact_case', fixed: false, other: true },
    { method: 'dns-account-01', member: 'require_exact_case', fixed: true, other: false },
    { method: 'dns-account-01', member: 'dns_record_type', fixed: 'TXT', other: 'CAA' },
    { method: 'dns-persistent', member: 'require_exact_case', fixed: false, other: true },
    { method: 'dns-persistent', member: 'dns_record_type', fixed: 'TXT', other: 'CAA' },
    { method: 'dns-persistent', member: 'dns_name_prefix', fixed: '_validation-persist', other: '' },
    { method: 'contact-email-txt', member: 'require_exact_case', fixed: false, other: true },
    { method: 'contact-email-txt', member: 'dns_record_type', fixed: 'TXT', other: 'CAA' },
    {
      method: 'contact-email-txt',
      member: 'dns_name_prefix',
      fixed: '_validation-contactemail',
      other: '_validation-contactphone',
    },
    {
      method: 'contact-phone-txt',
      member: 'dns_name_prefix',
      fixed: '_validation-contactphone',
      other: '_validation-contactemail',
    },
    { method: 'contact-email-caa', member: 'require_exact_case', fixed: false, other: true },
    { method: 'contact-email-caa', member: 'dns_record_type', fixed: 'CAA', other: 'TXT' },
    { method: 'contact-phone-caa', member: 'dns_record_type', fixed: 'CAA', other: 'TXT' },
    { method: 'ip-address', member: 'require_exact_case', fixed: false, other: true },
    { method: 'reverse-address-lookup', member: 'require_exact_case', fixed: false, other: true },
    { method: 'reverse-address-lookup', member: 'dns_record_type', fixed: 'PTR', other: 'TXT' },
  ])('$member of $method is fixed: sent or not it is echoed, and nothing else is taken', (row) => {
    const { method, member, fixed, other } = row;
    expect(accept(method, { [member]: fixed }).echo.checkParameters).toMatchObject({ [member]: fixed });
    expect(accept(method).echo.checkParameters).toMatchObject({ [member]: fixed });
    for (const wrong of [other, null]) {
      expect(parseMethod(method, { [member]: wrong })).toMatchObject({
        ok: false,
        issues: [{ type: 'literal_error', loc: loc(method, member), input: wrong }],
      });
    }
  });

  it.each([
    { name: 'no method', parameters: {}, type: 'union_tag_not_found' },
    { name: 'an unknown method', parameters: { validation_method: 'whois' }, type: 'union_tag_invalid' },
    {
      name: 'a method in capital letters',
      parameters: { validation_method: 'ACME-DNS-01' },
      type: 'union_tag_invalid',
    },
    { name: 'a null method', parameters: { validation_method: null }, type: 'union_tag_invalid' },
    {
      name: 'a method named like a member of every object',
      parameters: { validation_method: 'constructor' },
      type: 'union_tag_invalid',
    },
    {
      name: 'a method named __proto__',
      parameters: { validation_method: '__proto__' },
      type: 'union_tag_invalid',
    },
    { name: 'null', parameters: null, type: 'model_type' },
    { name: 'a list', parameters: [], type: 'model_type' },
    { name: 'text', parameters: 'acme-dns-01', type: 'model_type' },
  ])('$name is $type', ({ parameters, type }) => {
    expect(parse(parameters)).toMatchObject({ ok: false, issues: [{ type, loc: loc(), input: parameters }] });
  });

  it('an unknown method is answered with those there are', () => {
    const parsed = parse({ validation_method: 'whois' });
    const text = JSON.stringify(parsed);
    for (const method of VALIDATION_METHODS) expect(text).toContain(`'${method}'`);
    expect(parsed).toMatchObject({
      issues: [{ ctx: { discriminator: "'validation_method'", tag: 'whois' } }],
    });
  });

  it('a DCV request without parameters misses them', () => {
    expect(
      parseMpicRequest({ check_type: 'dcv', domain_or_ip_target: 'shop.example' }, 'baseline-requirements'),
    ).toMatchObject({
      ok: false,
      issues: [{ type: 'missing', loc: loc() }],
    });
  });
});

describe('echo', () => {
  const prefix = fc.option(fc.constantFrom('', '_dcv', '_a.b'));
  const challenge = fc.string({ minLength: 1, maxLength: 60 });
  const parameters = fc.oneof(
    fc.record(
      {
        validation_method: fc.constant('dns-change'),
        challenge_value: challenge,
        dns_record_type: fc.constantFrom('CNAME', 'TXT', 'CAA'),
        dns_name_prefix: prefix,
        require_exact_match: fc.boolean(),
        require_exact_case: fc.boolean(),
      },
      { requiredKeys: ['validation_method', 'challenge_value', 'dns_record_type'] },
    ),
    fc.record(
      {
        validation_method: fc.constant('website-change'),
        challenge_value: challenge,
        http_token_path: fc.string(),
        url_scheme: fc.constantFrom('http', 'https'),
        http_headers: fc.option(
          fc.dictionary(fc.stringMatching(/^[A-Za-z-]{1,10}$/), fc.stringMatching(/^[ -~]{0,10}$/)),
        ),
        match_regex: fc.option(fc.string()),
        require_exact_case: fc.boolean(),
      },
      { requiredKeys: ['validation_method', 'challenge_value', 'http_token_path'] },
    ),
    fc.record(
      {
        validation_method: fc.constant('dns-persistent'),
        issuer_domain_names: fc.array(fc.domain(), { minLength: 1, maxLength: 4 }),
        expected_account_uri: fc.webUrl(),
        require_wildcard_policy: fc.boolean(),
      },
      { requiredKeys: ['validation_method', 'issuer_domain_names', 'expected_account_uri'] },
    ),
  );

  it('is read as the same parameters and echoed alike', () => {
    fc.assert(
      fc.property(parameters, (sent) => {
        const parsed = parse(sent);
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
        const echoed: unknown = JSON.parse(JSON.stringify(parsed.request.echo.checkParameters));
        expect(parse(echoed)).toEqual(parsed);
      }),
    );
  });
});
