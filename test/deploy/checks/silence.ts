import {
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { Answer } from '../api-client.ts';
import { poll } from '../poll.ts';
import { type Check, demand, type World } from '../world.ts';
import { PERMITTED, UNHEARD } from '../zone.ts';

const SWITCH_TIMEOUT_MS = 20_000;
const POLL_MS = 100;

/** Perspectives that say nothing, or nothing useful. TLS BR 3.2.2.9 [mpic]: none of them corroborates. */
export const SILENCE_CHECKS: readonly Check[] = [
  {
    sentence: 'a perspective whose resolver says nothing does not corroborate, and nobody waits for it',
    run: async ({ api }) =>
      demandAbsent(await api.checkCaa(UNHEARD), 1, 'mpic_error:coordinator:remote_check', true),
  },
  {
    sentence: 'a perspective that takes no jobs does not corroborate, and the others decide',
    run: (world) =>
      whileIdle(world, ['us-west-2'], async () =>
        demandAbsent(await world.api.checkCaa(PERMITTED), 1, 'mpic_error:coordinator:remote_check', true),
      ),
  },
  {
    sentence: 'three perspectives that take no jobs: an asynchronous request ends at its deadline, refused',
    run: (world) =>
      whileIdle(world, ['us-west-2', 'ap-northeast-1', 'eu-central-1'], async () =>
        demandAbsent(
          await world.api.checkCaaAsync(PERMITTED),
          3,
          'mpic_error:coordinator:remote_check',
          false,
        ),
      ),
  },
];

function demandAbsent(answer: Answer, count: number, error: string, isValid: boolean): string {
  const absent = answer.perspectives.filter(({ check_response }) => !check_response.check_completed);
  const codes = absent.map(({ perspective_code: code }) => code).join(', ');
  demand(absent.length === count, `without a result: ${codes || 'none'}`);
  const errors = absent.flatMap(({ check_response }) => check_response.errors ?? []);
  demand(
    errors.length === count && errors.every(({ error_type: type }) => type === error),
    `their errors: ${errors.map(({ error_type: type }) => type).join(', ') || 'none'}`,
  );
  demand(answer.is_valid === isValid, `is_valid ${answer.is_valid}`);
  return `quorum ${answer.baseline_requirements.quorum}`;
}

/** Do something while these perspectives get no jobs. What they missed waits in their queues, and is too late then. */
async function whileIdle<T>(world: World, codes: readonly string[], work: () => Promise<T>): Promise<T> {
  const switchAll = (isOn: boolean) => Promise.all(codes.map((code) => switchMapping(world, code, isOn)));
  await switchAll(false);
  try {
    return await work();
  } finally {
    await switchAll(true);
  }
}

async function switchMapping({ aws, deployment }: World, code: string, isOn: boolean): Promise<void> {
  const lambda = aws.lambda(code);
  const name = `${deployment.names.function(`perspective-${code}`)}:live`;
  const listed = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name }));
  const [mapping] = listed.EventSourceMappings ?? [];
  demand(mapping?.UUID !== undefined, `${name} has no event source`);
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping.UUID, Enabled: isOn }));
  await waitForState(lambda, mapping.UUID, isOn ? 'Enabled' : 'Disabled');
}

async function waitForState(lambda: LambdaClient, uuid: string, state: string): Promise<void> {
  await poll(`event source ${state}`, SWITCH_TIMEOUT_MS, POLL_MS, async () => {
    const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }));
    return State === state ? true : null;
  });
}
