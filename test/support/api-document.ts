import { readFileSync } from 'node:fs';
import {
  type AnswerExample,
  type AnswerExamples,
  createDocument,
} from '../../services/api/openapi/document.ts';
import { Recording } from '../conformance/wire/recording.ts';

type Exchanges = readonly { readonly status: number; readonly body: string }[];

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const answers = new Recording('answers.jsonl');

/** The body of the answer to the n-th request of a recorded case. */
export function recordedBody(name: string, index = 0): unknown {
  const line = answers.line(name);
  if (line === undefined) throw new Error(`"${name}" is not in the recording`);
  const { exchanges } = JSON.parse(line) as { exchanges: Exchanges };
  return JSON.parse(exchanges[index]?.body ?? '');
}

function recorded(summary: string, name: string, index = 0): AnswerExample {
  return { summary, value: recordedBody(name, index) };
}

/** A request that is accepted (0), read while it runs (1) and read when it is done (3). */
export const JOB = 'an asynchronous request is accepted, read while it runs and read when it is done';

const CONTACTS_JOB = 'an asynchronous request for contacts is read when it is done';

/** What the service has really answered. */
const EXAMPLES: AnswerExamples = {
  submit: {
    200: {
      'caa-permits': recorded('CAA permits, as all perspectives see it', 'CAA that names the CA permits'),
      'dcv-passes': recorded('A validation that passed', 'dns-change with its TXT record passes'),
      silence: recorded('Too few perspectives gave a result', 'all six are silent: it fails'),
    },
    202: { accepted: recorded('The request runs', JOB) },
    400: {
      structural: recorded('A member that is missing', 'website-change without any of its parameters'),
      logical: recorded('A rule that the request breaks', 'fewer perspectives than the date demands'),
    },
  },
  contacts: {
    200: {
      corroborated: recorded(
        'A contact is corroborated, and another one is not',
        'contacts of which two perspectives miss one',
      ),
      none: recorded('There are no contacts', 'a name without contacts has none'),
    },
    202: { accepted: recorded('The request runs', CONTACTS_JOB) },
    400: { structural: recorded('A method without contacts', 'requests for contacts that are refused') },
  },
  read: {
    200: {
      running: recorded('Nothing is decided yet', 'an asynchronous request that nobody answers', 1),
      completed: recorded('The verdict is there', JOB, 3),
    },
  },
  perspectives: {
    200: {
      six: recorded(
        'Six perspectives on one machine',
        'GET /perspectives after two requests with silence and failure',
        2,
      ),
    },
  },
  openapi: {},
  docs: {},
  health: { 200: { healthy: recorded('It serves', 'GET /healthz') } },
  readiness: {
    200: { ready: recorded('Requests are taken', 'GET /readyz') },
    503: {
      'not-ready': recorded(
        'The database has failed',
        'a database that refuses a write: 503 until it is open again',
        2,
      ),
    },
  },
};

/** The OpenAPI document of this source, with answers from the recording of the wire as examples. */
export const API_DOCUMENT = createDocument(version, EXAMPLES);
