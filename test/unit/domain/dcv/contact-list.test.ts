import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTACT_METHODS, type ContactMethod } from '../../../../shared/domain/check/check.ts';
import {
  contactsDetailsSchema,
  MAX_CONTACTS,
  MAX_MALFORMED,
} from '../../../../shared/domain/check/check-result.ts';
import {
  isCanonicalContact,
  matchEmail,
  matchPhone,
  readContact,
} from '../../../../shared/domain/dcv/contact.ts';
import { listContacts } from '../../../../shared/domain/dcv/contact-list.ts';

const octets = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const EMAIL = 'contact-email-txt';
const PHONE = 'contact-phone-caa';
const read = (method: ContactMethod, text: string) => {
  const reading = readContact(method, octets(text));
  return reading.ok ? reading.contact : reading.problem;
};

describe('readContact', () => {
  it.each<{ name: string; method: ContactMethod; text: string; read: string }>([
    { name: 'a plain address stays', method: EMAIL, text: 'dns@shop.example', read: 'dns@shop.example' },
    {
      name: 'the domain becomes lower case',
      method: EMAIL,
      text: 'dns@SHOP.Example',
      read: 'dns@shop.example',
    },
    {
      name: 'the case of the local part stays',
      method: EMAIL,
      text: 'Dns@SHOP.example',
      read: 'Dns@shop.example',
    },
    {
      name: 'a quoted local part stays',
      method: EMAIL,
      text: '"a @ b"@shop.example',
      read: '"a @ b"@shop.example',
    },
    { name: 'U-labels stay', method: EMAIL, text: 'jörg@BÜCHER.example', read: 'jörg@bÜcher.example' },
    { name: 'a number stays as it is', method: PHONE, text: '+1-555-0100', read: '+1-555-0100' },
    { name: 'a number of 15 digits', method: PHONE, text: '+123456789012345', read: '+123456789012345' },
    {
      name: 'a local part of 64 octets',
      method: EMAIL,
      text: `${'a'.repeat(64)}@x.example`,
      read: `${'a'.repeat(64)}@x.example`,
    },
  ])('$name', ({ method, text, read: expected }) => {
    expect(read(method, text)).toBe(expected);
    expect(isCanonicalContact(method, expected)).toBe(true);
  });

  it.each<{ name: string; method: ContactMethod; text: string; problem: string }>([
    { name: 'empty text', method: EMAIL, text: '', problem: 'not-an-email-address' },
    {
      name: 'a number where an address should be',
      method: EMAIL,
      text: '+15550100',
      problem: 'not-an-email-address',
    },
    { name: 'an address literal', method: EMAIL, text: 'dns@[192.0.2.1]', problem: 'not-an-email-address' },
    {
      name: 'a domain that no mail system has',
      method: EMAIL,
      text: 'dns@sh!op.example',
      problem: 'not-an-email-address',
    },
    {
      name: 'a label that begins with a hyphen',
      method: EMAIL,
      text: 'dns@-shop.example',
      problem: 'not-an-email-address',
    },
    {
      name: 'a label that ends with a hyphen',
      method: EMAIL,
      text: 'dns@shop-.example',
      problem: 'not-an-email-address',
    },
    { name: 'a final dot', method: EMAIL, text: 'dns@shop.example.', problem: 'not-an-email-address' },
    {
      name: 'two addresses',
      method: EMAIL,
      text: 'a@x.example,b@x.example',
      problem: 'not-an-email-address',
    },
    {
      name: 'a display name',
      method: EMAIL,
      text: 'DNS <dns@shop.example>',
      problem: 'not-an-email-address',
    },
    { name: 'a trailing space', method: EMAIL, text: 'dns@shop.example ', problem: 'not-an-email-address' },
    { name: 'a trailing line end', method: EMAIL, text: 'dns@shop.example\n', problem: 'hidden-characters' },
    { name: 'a NUL', method: EMAIL, text: 'dns\u0000@shop.example', problem: 'hidden-characters' },
    {
      name: 'a change of direction',
      method: EMAIL,
      text: 'dns\u202e@shop.example',
      problem: 'hidden-characters',
    },
    {
      name: 'a zero-width space',
      method: EMAIL,
      text: 'd\u200bns@shop.example',
      problem: 'hidden-characters',
    },
    { name: 'a C1 control', method: EMAIL, text: 'dns\u009b@shop.example', problem: 'hidden-characters' },
    {
      name: 'a byte order mark',
      method: EMAIL,
      text: '\ufeffdns@shop.example',
      problem: 'hidden-characters',
    },
    {
      name: 'a local part of 65 octets',
      method: EMAIL,
      text: `${'a'.repeat(65)}@x.example`,
      problem: 'too-long',
    },
    {
      name: 'a local part of 33 letters that are 66 octets',
      method: EMAIL,
      text: `${'ö'.repeat(33)}@x.example`,
      problem: 'too-long',
    },
    { name: 'a label of 64 octets', method: EMAIL, text: `a@${'b'.repeat(64)}.example`, problem: 'too-long' },
    {
      name: 'an address of 255 octets',
      method: EMAIL,
      text: `a@${'b'.repeat(60)}.${'b'.repeat(60)}.${'b'.repeat(60)}.${'b'.repeat(60)}.exampleee`,
      problem: 'too-long',
    },
    {
      name: 'a number without a plus sign',
      method: PHONE,
      text: '0015550100',
      problem: 'not-a-phone-number',
    },
    { name: 'a number with spaces', method: PHONE, text: '+1 555 0100', problem: 'not-a-phone-number' },
    {
      name: 'a number with an extension',
      method: PHONE,
      text: '+15550100;ext=1',
      problem: 'not-a-phone-number',
    },
    { name: 'a tel URI', method: PHONE, text: 'tel:+15550100', problem: 'not-a-phone-number' },
    { name: 'a plus sign alone', method: PHONE, text: '+', problem: 'not-a-phone-number' },
    { name: 'a number of 16 digits', method: PHONE, text: '+1234567890123456', problem: 'too-long' },
    { name: 'separators without end', method: PHONE, text: `+1${'-'.repeat(40)}`, problem: 'too-long' },
  ])('$name is $problem', ({ method, text, problem }) => {
    expect(read(method, text)).toBe(problem);
    expect(isCanonicalContact(method, text)).toBe(false);
  });

  it('octets that are not UTF-8 are no contact', () => {
    expect(readContact(EMAIL, 'j\u00f6rg@shop.example')).toEqual({ ok: false, problem: 'not-utf-8' });
  });

  it('a contact with the domain in capitals is not canonical, nor is one with half a surrogate pair', () => {
    expect(isCanonicalContact(EMAIL, 'dns@SHOP.example')).toBe(false);
    expect(isCanonicalContact(EMAIL, 'd\ud800s@shop.example')).toBe(false);
  });

  it('what it reads is the same contact for the validation method, and is read again as it is', () => {
    const labels = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}[A-Za-z]$/);
    const emails = fc.tuple(fc.string({ minLength: 1, maxLength: 12 }), labels, labels);
    fc.assert(
      fc.property(emails, ([local, one, two]) => {
        const published = octets(`${local}@${one}.${two}`);
        const reading = readContact(EMAIL, published);
        if (!reading.ok) return;
        expect(matchEmail(published, reading.contact)).toBe('exact');
        expect(isCanonicalContact(EMAIL, reading.contact)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^\+[0-9().-]{1,20}$/), (number) => {
        const reading = readContact(PHONE, number);
        if (reading.ok) expect(matchPhone(number, reading.contact)).toBe('exact');
      }),
    );
  });

  it.each(CONTACT_METHODS)('ends soon with the longest record of the DNS: %s', (method) => {
    const start = performance.now();
    for (const text of [`a@${'b-'.repeat(32_000)}`, `+${'1'.repeat(65_000)}`, `"${'\\a'.repeat(32_000)}`])
      expect(readContact(method, text).ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('listContacts', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `a${String(index).padStart(5, '0')}@x.example`);

  it('lists each contact once, in the order of octets, whatever the order of the records', () => {
    const values = ['b@x.example', 'B@x.example', 'a@X.example', 'a@x.example', 'ä@x.example'].map(octets);
    const expected = ['B@x.example', 'a@x.example', 'b@x.example', 'ä@x.example'];
    expect(listContacts(EMAIL, values).contacts).toEqual(expected);
    expect(listContacts(EMAIL, values.toReversed()).contacts).toEqual(expected);
  });

  it('cuts ten thousand values to the same contacts in every order, and says so', () => {
    const listed = listContacts(EMAIL, many);
    expect(listed).toEqual({ contacts: many.slice(0, MAX_CONTACTS), malformed: [], valuesTruncated: true });
    expect(listContacts(EMAIL, many.toReversed())).toEqual(listed);
  });

  it('cuts malformed values in number and length, without half a character', () => {
    const values = many.map((_, index) => octets(`${'x'.repeat(299)}😀 ${index}`));
    const { malformed, contacts, valuesTruncated } = listContacts(EMAIL, values);
    expect({ contacts, valuesTruncated }).toEqual({ contacts: [], valuesTruncated: false });
    expect(malformed).toEqual([{ value: 'x'.repeat(299), problem: 'too-long' }]);
    const different = many.map((_, index) => octets(`${index} is not an address`));
    expect(listContacts(EMAIL, different)).toMatchObject({ valuesTruncated: true });
    expect(listContacts(EMAIL, different).malformed).toHaveLength(MAX_MALFORMED);
  });

  it('makes what the schema of results takes, of any octets', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 60 }), (records) => {
        const values = records.map((record) => Buffer.from(record).toString('latin1'));
        const details = {
          kind: 'contacts',
          method: EMAIL,
          ...listContacts(EMAIL, values),
          adFlag: null,
          foundAt: null,
          dns: null,
        };
        const { error } = contactsDetailsSchema.omit({ dns: true }).safeParse(details);
        expect(error).toBeUndefined();
      }),
    );
  });
});
