import { cite } from '../../../shared/domain/rules/citation.ts';
import { dcvScenarios } from './dcv-scenarios.ts';
import { caaScenario, dcvScenario, type Scenario, type ScenarioGroup } from './scenario.ts';
import {
  ACCOUNT_URI,
  ATTACKER_HASH,
  ATTACKER_VALUE,
  LATE_MS,
  OTHER_ACCOUNT_URI,
  OWNER_HASH,
  RANDOM_VALUE,
} from './world.ts';

const CAA: ScenarioGroup = {
  title: `May this CA issue? CAA (RFC 8659, ${cite('caa')})`,
  lesson: 'Every perspective asks for the CAA records itself. The CA that asks is ca.test.',
  scenarios: [
    caaScenario('CAA names this CA', 'shop.test', {
      expected: 'valid 6/6',
      lesson: 'The record 0 issue "ca.test" permits it.',
    }),
    caaScenario('nothing at the name', 'www.shop.test', {
      expected: 'valid 6/6',
      lesson: 'No record here, so the search climbs to shop.test, whose record decides.',
    }),
    caaScenario('an alias', 'alias.test', {
      expected: 'valid 6/6',
      lesson: 'The CNAME leads to shop.test; the record found there counts for the alias.',
    }),
    caaScenario('no CAA at all', 'plain.test', {
      expected: 'valid 6/6',
      lesson: 'Nothing up to the root: nobody is restricted.',
    }),
    caaScenario('CAA names another CA', 'locked.test', {
      expected: 'not valid 0/6',
      lesson: 'Only other-ca.test may issue. All six see so, and all six dissent.',
    }),
    caaScenario('wildcard, forbidden', '*.wild.test', {
      expected: 'not valid 0/6',
      lesson: 'issue permits wild.test itself, issuewild ";" forbids every wildcard below it.',
    }),
    caaScenario(
      'the right account (RFC 8657)',
      'limited.test',
      {
        expected: 'valid 6/6',
        lesson: 'The record binds issuance to one account and to dns-01; both are met.',
      },
      { accounturi_values: [ACCOUNT_URI], validation_methods: ['dns-01'] },
    ),
    caaScenario(
      'another account (RFC 8657)',
      'limited.test',
      { expected: 'not valid 0/6', lesson: 'Same CA, but an account that the owner did not name.' },
      { accounturi_values: [OTHER_ACCOUNT_URI], validation_methods: ['dns-01'] },
    ),
    caaScenario('unknown critical property', 'future.test', {
      expected: 'not valid 0/6',
      lesson: 'Flag 128 says: who does not understand this must not issue.',
    }),
  ],
};

const proof = (name: string, hash: string, title: string, expected: string, lesson: string) =>
  dcvScenario('acme-dns-01', name, { key_authorization_hash: hash }, { title, expected, lesson });

const hijackedRoute = (value: string, title: string, expected: string, lesson: string) =>
  dcvScenario(
    'website-change',
    'route.test',
    { http_token_path: 'proof.txt', challenge_value: value },
    { title, expected, lesson },
  );

const HIJACKS: ScenarioGroup = {
  title: 'Hijacks: some perspectives are shown a forged DNS, or another server',
  lesson: 'An attacker holds the route to the name servers of a victim, in some parts of the world only.',
  scenarios: [
    proof(
      'bank.test',
      ATTACKER_HASH,
      '1 of 6 fooled, attacker asks',
      'not valid 1/6',
      'One perspective sees the forged proof. A CA with only that view would have issued.',
    ),
    proof(
      'bank.test',
      OWNER_HASH,
      '1 of 6 fooled, owner asks',
      'valid 5/6',
      'The same attack does not keep the owner from a certificate: two of six may dissent.',
    ),
    caaScenario('1 of 6 fooled about CAA', 'vault.test', {
      expected: 'not valid 1/6',
      lesson: 'CAA names another CA; a forged record for ca.test convinces nobody else.',
    }),
    hijackedRoute(
      ATTACKER_VALUE,
      '2 routes of 6, attacker asks',
      'not valid 2/6',
      'Not the DNS but the route to the web server is hijacked: the same address, another machine.',
    ),
    hijackedRoute(RANDOM_VALUE, '2 routes of 6, owner asks', 'valid 4/6', 'Four still reach the right one.'),
    proof(
      'half.test',
      ATTACKER_HASH,
      '3 of 6 fooled, attacker asks',
      'not valid 3/6',
      'Half of the world is not enough.',
    ),
    proof(
      'mint.test',
      OWNER_HASH,
      '4 of 6 fooled, owner asks',
      'not valid 2/6',
      'The owner is refused too: in doubt nothing is issued. Here MPIC ends: whoever fools four of six ' +
        'passes. That is why perspectives must be 500 km apart and span two RIR regions.',
    ),
  ],
};

const TROUBLE: ScenarioGroup = {
  title: 'Trouble: perspectives that are late, silent or cannot tell',
  lesson: 'Only an answer corroborates. Once nothing can change the verdict, the rest get 300 ms more.',
  scenarios: [
    caaScenario(`one answers after ${LATE_MS / 1000} s`, 'late.test', {
      expected: 'valid 5/6',
      lesson: 'Five are enough; nobody waits for the sixth. Its answer is kept as evidence, uncounted.',
    }),
    caaScenario('one never answers', 'silent.test', {
      expected: 'valid 5/6',
      lesson: 'The same time, although this resolver says nothing at all.',
    }),
    caaScenario('three get SERVFAIL', 'broken.test', {
      expected: 'not valid 3/6',
      lesson: 'A lookup that fails is no permission: fail closed.',
    }),
  ],
};

const LAX: readonly Scenario[] = [
  {
    title: 'three perspectives only',
    target: 'shop.test',
    body: {
      check_type: 'caa',
      domain_or_ip_target: 'shop.test',
      orchestration_parameters: { perspective_count: 3 },
    },
    expected: '400',
    lesson: 'The minimum is a table of dates in the service.',
  },
  {
    title: 'a quorum of three in six',
    target: 'shop.test',
    body: {
      check_type: 'caa',
      domain_or_ip_target: 'shop.test',
      orchestration_parameters: { quorum_count: 3 },
    },
    expected: '400',
    lesson: 'At most two of six may dissent, whatever the client asks for.',
  },
  {
    title: 'a reserved address',
    target: '10.0.0.1',
    body: {
      check_type: 'dcv',
      domain_or_ip_target: '10.0.0.1',
      dcv_check_parameters: {
        validation_method: 'dns-persistent',
        issuer_domain_names: ['ca.test'],
        expected_account_uri: ACCOUNT_URI,
      },
    },
    expected: '400',
    lesson: 'No certificate may name it.',
  },
];

/** All groups in the order of the demo, as the dated rules have them at `now`. */
export function scenarioGroups(now: Date): readonly ScenarioGroup[] {
  const { usable, ended } = dcvScenarios(now);
  return [
    CAA,
    {
      title: `Does the applicant control the name or address? (${cite('dcv', 'ip')})`,
      lesson: 'Each row is one validation method, or one of its failures.',
      scenarios: usable,
    },
    HIJACKS,
    TROUBLE,
    {
      title: 'What the service refuses to do',
      lesson: 'Requests laxer than the Baseline Requirements of the day get a 400 that says why.',
      scenarios: [...LAX, ...ended],
    },
  ];
}
