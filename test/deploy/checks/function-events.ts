import { InvokeCommand } from '@aws-sdk/client-lambda';
import { LIVE_ALIAS } from '../../../infra/config/names.ts';
import { type FunctionEvent, selfCheckSchema } from '../../../shared/contract/messages/function-event.ts';
import { type Check, demand, type World } from '../world.ts';

/** The events of our own that warmers and roll-outs send to the alias of every function. */
export const FUNCTION_EVENT_CHECKS: readonly Check[] = [
  {
    sentence: 'every function takes the event of the warmers and does nothing',
    run: (world) =>
      forEach(world, async (invoke) => {
        const { error, payload } = await invoke({ mpic: 'warm', hold_ms: 0 });
        demand(error === null && payload === null, `answered ${JSON.stringify(payload)}`);
      }),
  },
  {
    sentence: 'every function checks itself before it would get traffic, and finds itself well',
    run: (world) =>
      forEach(world, async (invoke) => {
        const { error, payload } = await invoke({ mpic: 'self-check' });
        demand(error === null, `failed: ${JSON.stringify(payload)}`);
        const { ok, description } = selfCheckSchema.parse(payload);
        demand(ok, description);
      }),
  },
  {
    sentence: 'every function refuses an event of ours that it does not know',
    run: (world) =>
      forEach(world, async (invoke) => {
        const { error, payload } = await invoke({ mpic: 'something-else' });
        const text = JSON.stringify(payload);
        demand(error !== null && text.includes('cannot be read'), `answered ${text}`);
      }),
  },
];

interface Invoked {
  readonly error: string | null;
  readonly payload: unknown;
}

type Invoke = (event: FunctionEvent | { readonly mpic: 'something-else' }) => Promise<Invoked>;

/** Ask each function, one after the other; the first that is wrong is named. */
async function forEach(world: World, ask: (invoke: Invoke) => Promise<void>): Promise<string> {
  const functions = listFunctions(world);
  for (const { region, name } of functions) {
    const lambda = world.aws.lambda(region);
    const invoke: Invoke = async (event) => {
      const Payload = Buffer.from(JSON.stringify(event));
      const answer = await lambda.send(
        new InvokeCommand({ FunctionName: name, Qualifier: LIVE_ALIAS, Payload }),
      );
      const text = Buffer.from(answer.Payload ?? []).toString('utf8');
      return { error: answer.FunctionError ?? null, payload: text === '' ? null : JSON.parse(text) };
    };
    await ask(invoke).catch((error: Error) => {
      throw new Error(`${name}: ${error.message}`);
    });
  }
  return `${functions.length} functions`;
}

/** Every function of the deployment, with its region. */
export function listFunctions({
  deployment,
}: Pick<World, 'deployment'>): readonly { readonly region: string; readonly name: string }[] {
  const { home_region: home, names, perspectives } = deployment;
  return [
    { region: home, name: names.function('api') },
    { region: home, name: names.function('decision') },
    ...perspectives.map(({ code, region }) => ({ region, name: names.function(`perspective-${code}`) })),
  ];
}
