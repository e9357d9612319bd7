import type { Command } from 'commander';
import * as z from 'zod';
import type { ContactsRequest } from '../../../shared/client/index.ts';
import { CONTACT_METHODS, type ContactMethod } from '../../../shared/domain/check/check.ts';
import { define, EXIT, type Io, option } from '../shell/command.ts';
import { numberFrom, toggle } from '../shell/values.ts';
import { commonMembers, REQUEST_OPTIONS } from './build-request.ts';
import { type AskOnce, checkAsJson, checkForPeople } from './check.ts';
import { CONNECTION_OPTIONS, MAX_WAIT_S, MS_PER_SECOND, withService } from './connection.ts';

const { method: _, ...ORCHESTRATION_OPTIONS } = REQUEST_OPTIONS;

const OPTIONS = {
  kind: option('<kind>', 'email or phone', z.enum(['email', 'phone']).default('email')),
  record: option('<type>', 'only the contacts in txt or in caa records', z.enum(['txt', 'caa']).optional()),
  ...ORCHESTRATION_OPTIONS,
  json: option('', 'print the answers of the service as they are', toggle),
  ...CONNECTION_OPTIONS,
  wait: option('<s>', 'longest time for each kind of record, seconds', numberFrom(1, MAX_WAIT_S).default(60)),
};

const EXAMPLES = [
  'mpic contacts example.com',
  'mpic contacts example.com --kind phone --record caa',
  'mpic contacts example.com --url https://mpic.ca.example --key-file key.txt --json',
];

/** `mpic contacts <name>`: the contacts that a name publishes, as far as the quorum corroborates them. */
export function defineCommand(command: Command, io: Io): void {
  command
    .description(
      'Retrieve the contacts that a name publishes in TXT and CAA records for validation by email or telephone. A contact is ' +
        'corroborated if the quorum of perspectives sees it; only such a contact may be used. Exit status 0 when there is one, ' +
        '1 when there is none, 2 when that could not be told. With --json each answer is one line.',
    )
    .argument('<name>', 'domain name or *.name');
  define(command, OPTIONS, EXAMPLES, (values, [name = '']) =>
    withService(values, io, async (client, signal) => {
      const call = { signal, timeoutMs: values.wait * MS_PER_SECOND };
      const statuses: number[] = [];
      for (const method of methodsFor(values.kind, values.record)) {
        const request: ContactsRequest = {
          check_type: 'contacts',
          ...commonMembers(name, values),
          contacts_check_parameters: { validation_method: method },
        };
        const ask: AskOnce = (options) => client.contacts(request, options);
        statuses.push(
          await (values.json ? checkAsJson(ask, call, io) : checkForPeople(client, ask, call, io)),
        );
      }
      return worstButGood(statuses);
    }),
  );
}

function methodsFor(kind: string, record: string | undefined): readonly ContactMethod[] {
  const records = record === undefined ? ['txt', 'caa'] : [record];
  const wanted = records.map((type) => `contact-${kind}-${type}`);
  return CONTACT_METHODS.filter((method) => wanted.includes(method));
}

/** One contact is enough; that there is none is known only if every kind of record was looked at. */
function worstButGood(statuses: readonly number[]): number {
  if (statuses.includes(EXIT.ok)) return EXIT.ok;
  return statuses.includes(EXIT.failed) ? EXIT.failed : EXIT.no;
}
