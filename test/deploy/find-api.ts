import { API_STAGE } from '../../infra/config/names.ts';
import { ApiClient } from './api-client.ts';
import type { Cleanup } from './cleanup.ts';
import type { Commands } from './commands.ts';
import type { Emulator } from './emulator.ts';
import { openFrontDoor } from './front-door.ts';
import { demand } from './world.ts';

/** The API as an operator finds it, with `mpic deployment url` and `key`, and a way to it on loopback. */
export async function findApi(commands: Commands, emulator: Emulator, cleanup: Cleanup): Promise<ApiClient> {
  const url = (await commands.mpic('deployment', 'url')).trim();
  const [, apiId] = /^https:\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com\/v1\/$/.exec(url) ?? [];
  demand(apiId !== undefined, `the URL of the API is not as expected: ${url}`);
  const key = (await commands.mpic('deployment', 'key')).trim();
  const door = await openFrontDoor(emulator, apiId);
  cleanup.add(door.close);
  return new ApiClient(door.url, API_STAGE, key);
}
