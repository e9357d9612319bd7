import { describe, expect, it } from 'vitest';
import type { MpicResponse } from '../../shared/contract/api/response-schema.ts';
import type { CheckJob } from '../../shared/contract/messages/check-job.ts';
import { UnreadableMessageError } from '../../shared/contract/messages/contract.ts';
import { serialiseResult } from '../../shared/contract/messages/stored-result.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import type { OpenBench } from '../support/bench.ts';
import { buildDnsEvidence } from '../support/builders.ts';
import type { Harness, SendOptions } from '../support/harness.ts';
import { type Attack, HostilePerspective } from '../support/hostile-perspective.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { failing, NAME, type View, zone } from '../support/views.ts';

const EMAIL = 'Hostmaster@shop.example.test';
const OTHER = 'webmaster@shop.example.test';
const MADE_UP = 'attacker@evil.example';
const OWNER = `_validation-contactemail.${NAME}`;
const [FIRST = '', SECOND = '', THIRD = ''] = SIX;

const publishes = (...values: string[]): View =>
  zone({ [OWNER]: values.map((value) => ({ type: 'TXT', value })) });
const everywhere = (...values: string[]) => views(SIX, publishes(...values));

const QUORUM = { perspective_count: 6, quorum_count: 5 };
const REQUEST = {
  domain_or_ip_target: NAME,
  orchestration_parameters: QUORUM,
  contacts_check_parameters: { validation_method: 'contact-email-txt' },
};
const sorted = (codes: readonly string[]) => codes.toSorted();
const uncorroborated = ({ contacts }: MpicResponse) =>
  contacts?.not_corroborated.map((one) => ({ ...one, perspectives: sorted(one.perspectives) }));
const firstErrorOf = ({ perspectives }: MpicResponse, code: string) =>
  perspectives.find((item) => item.perspective_code === code)?.check_response.errors?.[0]?.error_type;
const AT_CONTACTS: SendOptions = { query: '/contacts' };

/** `POST /mpic/contacts`, over either backend. */
export function describeContacts(name: string, open: OpenBench): void {
  describe(`Contacts: ${name}`, () => {
    const bed = useHarness(open);
    const retrieve = async (harness: Harness, changes: object = {}, options = AT_CONTACTS) =>
      harness.post({ ...REQUEST, ...changes }, options);

    it('leaves one record of each perspective and one of the quorum, with the contacts, and one event', async () => {
      const harness = await bed.start({ views: { ...everywhere(EMAIL), [FIRST]: publishes(MADE_UP) } });
      const { mpic } = await retrieve(harness);
      await harness.advance(1000);
      const records = bed.bench.audit.records.filter(
        (record) => 'mpic_id' in record && record.mpic_id === mpic.mpic_id,
      );
      expect(records.filter(({ event }) => event === 'perspective-check')).toHaveLength(6);
      expect(records.find((record) => 'perspective' in record && record.perspective === FIRST)).toMatchObject(
        {
          check_type: 'contacts',
          validation_method: 'contact-email-txt',
          result: 'contacts-found',
          details: { kind: 'contacts', contacts: [MADE_UP] },
        },
      );
      expect(records.filter(({ event }) => event === 'quorum-decision')).toEqual([
        expect.objectContaining({
          is_valid: true,
          parameters: { validation_method: 'contact-email-txt' },
          contacts: [
            expect.objectContaining({
              contact: EMAIL,
              quorum: '5/6',
              corroborating: expect.not.arrayContaining([FIRST]),
            }),
          ],
        }),
      ]);
      expect(bed.bench.events).toEqual([
        expect.objectContaining({ mpic_id: mpic.mpic_id, check_type: 'contacts', is_valid: true }),
      ]);
      expect(JSON.stringify(bed.bench.events)).not.toContain('@');
    });

    it('asynchronously, and by the same key again, are the same', async () => {
      const harness = await bed.start({ views: everywhere(EMAIL) });
      const headers = { 'idempotency-key': 'contacts-of-today' };
      const { accepted, status } = await retrieve(harness, {}, { query: '/contacts?async=true', headers });
      expect(status).toBe(202);
      const { job } = await harness.get(`/mpic/${accepted.mpic_id}?wait=25`);
      expect(job.response?.contacts?.corroborated).toMatchObject([{ contact: EMAIL, quorum: '6/6' }]);
      const again = await retrieve(harness, {}, { ...AT_CONTACTS, headers });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(again.mpic).toEqual(job.response);
    });

    it('a perspective of a version that does not know the check is a non-corroboration', async () => {
      const harness = await bed.start({ views: everywhere(EMAIL), silent: [FIRST, SECOND] });
      const refusing = [FIRST, SECOND].map((code) =>
        harness.backend.consumeJobs(code, () => {
          throw new UnreadableMessageError('not a check job: unknown checkType');
        }),
      );
      try {
        const { mpic } = await retrieve(harness);
        expect(mpic).toMatchObject({
          is_valid: false,
          mpic_completed: false,
          baseline_requirements: { quorum: '4/6' },
          contacts: { corroborated: [] },
        });
        expect(uncorroborated(mpic)).toEqual([{ contact: EMAIL, perspectives: sorted(SIX.slice(2)) }]);
        expect(firstErrorOf(mpic, FIRST)).toBe('mpic_error:coordinator:remote_check');
        // One such perspective does not delay the others.
        const { mpic: again } = await retrieve(harness, {
          orchestration_parameters: { ...QUORUM, quorum_count: 4 },
        });
        expect(again).toMatchObject({ contacts: { corroborated: [{ contact: EMAIL, quorum: '4/6' }] } });
      } finally {
        for (const consumer of refusing) await harness.until(consumer.stop());
      }
    });
  });
}

/** Perspectives that see something else, or store what is no result: in virtual time, over one backend. */
export function describeContactsUnderAttack(name: string, open: OpenBench): void {
  describe(`Contacts under attack: ${name}`, () => {
    const bed = useHarness(open);
    const retrieve = (harness: Harness, changes: object = {}) =>
      harness.post({ ...REQUEST, ...changes }, AT_CONTACTS);

    it.each<{ name: string; others: Record<PerspectiveCode, View>; corroborated: string[]; not: object[] }>([
      { name: 'that all see', others: {}, corroborated: [`${EMAIL} 6/6`, `${OTHER} 6/6`], not: [] },
      {
        name: 'beside one that a hostile network adds',
        others: { [FIRST]: publishes(EMAIL, OTHER, MADE_UP) },
        corroborated: [`${EMAIL} 6/6`, `${OTHER} 6/6`],
        not: [{ contact: MADE_UP, perspectives: [FIRST] }],
      },
      {
        name: 'that a hostile network replaces at one perspective',
        others: { [FIRST]: publishes(MADE_UP) },
        corroborated: [`${EMAIL} 5/6`, `${OTHER} 5/6`],
        not: [{ contact: MADE_UP, perspectives: [FIRST] }],
      },
      {
        name: 'of which two perspectives miss one',
        others: views([SECOND, THIRD], publishes(EMAIL)),
        corroborated: [`${EMAIL} 6/6`],
        not: [
          { contact: OTHER, perspectives: sorted(SIX.filter((code) => ![SECOND, THIRD].includes(code))) },
        ],
      },
      {
        name: 'while one perspective cannot look',
        others: { [FIRST]: failing },
        corroborated: [`${EMAIL} 5/6`, `${OTHER} 5/6`],
        not: [],
      },
      {
        name: 'that two hostile networks drop',
        others: views([FIRST, SECOND], publishes()),
        corroborated: [],
        not: [EMAIL, OTHER].map((contact) => ({ contact, perspectives: sorted(SIX.slice(2)) })),
      },
      {
        name: 'among two thousand that a hostile network gives to one perspective',
        others: { [FIRST]: publishes(...Array.from({ length: 2000 }, (_, at) => `a${at}@evil.example`)) },
        corroborated: [`${EMAIL} 5/6`, `${OTHER} 5/6`],
        not: expect.arrayContaining([{ contact: 'a0@evil.example', perspectives: [FIRST] }]),
      },
    ])('are those of the quorum: $name', async ({ others, corroborated, not }) => {
      const harness = await bed.start({ views: { ...everywhere(EMAIL, OTHER), ...others } });
      const { mpic, status } = await retrieve(harness);
      expect(status).toBe(200);
      expect(mpic).toMatchObject({
        check_type: 'contacts',
        is_valid: corroborated.length > 0,
        usable_until: null,
      });
      expect(mpic.contacts?.corroborated.map(({ contact, quorum }) => `${contact} ${quorum}`)).toEqual(
        corroborated,
      );
      expect(uncorroborated(mpic)).toEqual(not);
    });

    it('of a second attempt are its own: nothing is carried over', async () => {
      const atFirst = (first: View, then: View): View => {
        let asked = 0;
        return (clock) => {
          const [before, after] = [first(clock), then(clock)];
          return { mode: 'changing', lookup: (...call) => (asked++ === 0 ? before : after).lookup(...call) };
        };
      };
      const changing = Object.fromEntries(
        SIX.slice(3).map((code) => [code, atFirst(publishes(MADE_UP), publishes(EMAIL))]),
      );
      const harness = await bed.start({ views: { ...everywhere(EMAIL), ...changing } });
      const { mpic } = await retrieve(harness, { orchestration_parameters: { ...QUORUM, max_attempts: 2 } });
      expect(mpic.actual_orchestration_parameters.attempt_count).toBe(2);
      expect(mpic.contacts).toMatchObject({
        corroborated: [{ contact: EMAIL, quorum: '6/6' }],
        not_corroborated: [],
      });
    });

    /** The text that a hostile perspective stores. */
    const stores = (me: { readonly code: string }, job: CheckJob, contacts: readonly string[]): string => {
      const result = serialiseResult({
        requestId: job.requestId,
        attempt: job.attempt,
        perspective: me.code,
        checkType: 'contacts',
        startedAt: job.deadline - 5000,
        completedAt: job.deadline - 4990,
        recorder: 'mpic 0.1.0',
        allowedNetworks: [],
        attemptToken: job.attemptToken,
        requestDigest: job.requestDigest,
        completed: true,
        passed: true,
        corroborates: true,
        errors: [],
        details: {
          kind: 'contacts',
          method: 'contact-email-txt',
          contacts,
          malformed: [],
          valuesTruncated: false,
          adFlag: true,
          foundAt: OWNER,
          dns: buildDnsEvidence(),
        },
      });
      return result;
    };
    const attack = (what: string, contacts: readonly string[]): Attack => ({
      name: what,
      onJob: (me, job) => me.store(stores(me, job, contacts), job),
    });
    const ATTACKS = [
      attack(
        'ten thousand contacts',
        Array.from({ length: 10_000 }, (_, at) => `a${at}@evil.example`),
      ),
      attack('a contact of a megabyte', [`${'a'.repeat(1_000_000)}@evil.example`]),
      attack('a contact that could command a terminal', [`\u001b]0;owned\u0007@evil.example`]),
      attack('a contact that is not canonical', ['attacker@EVIL.example']),
      attack(
        'the true contact a hundred times',
        Array.from({ length: 100 }, () => EMAIL),
      ),
      attack('a number in place of an address', ['+15550100']),
    ];

    it.each(ATTACKS)(
      'a hostile perspective that stores $name has no vote, and is not quoted',
      async ({ name: what }) => {
        // The other five miss one for the quorum, so that the hostile vote would decide.
        const honest = { ...views(SIX, publishes(EMAIL)), [SECOND]: publishes() };
        const harness = await bed.start({ views: honest, silent: [FIRST] });
        const hostile = new HostilePerspective(FIRST, bed.bench, harness, ATTACKS);
        try {
          const { mpic, text } = await retrieve(harness, { trace_identifier: what });
          expect(mpic.is_valid).toBe(false);
          expect(mpic.contacts?.corroborated).toEqual([]);
          expect(uncorroborated(mpic)).toEqual([{ contact: EMAIL, perspectives: sorted(SIX.slice(2)) }]);
          expect(firstErrorOf(mpic, FIRST)).toBe('mpic_error:coordinator:unreadable_result');
          expect(text).not.toContain('evil');
        } finally {
          await harness.until(hostile.stop());
        }
      },
    );
  });
}
