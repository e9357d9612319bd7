import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { listFunctions } from './checks/function-events.ts';
import type { World } from './world.ts';

/** How large the zips of the functions are; those of the perspectives are all the same. */
export async function describeCode(world: World): Promise<string> {
  const sizes = listFunctions(world)
    .slice(0, 3)
    .map(async ({ region, name }) => {
      const { CodeSize = 0 } = await world.aws
        .lambda(region)
        .send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      return `${name} ${Math.round(CodeSize / 1024)} KiB`;
    });
  return `code, zipped: ${(await Promise.all(sizes)).join(', ')}`;
}
