import { expect, it } from 'vitest';
import { spawnService } from '../support/spawn-service.ts';

it('npm start with MPIC_BACKEND=emulated loads the emulators from dist and serves', async () => {
  const service = await spawnService(['--port', '0', '--data-dir', ':memory:'], [], {
    MPIC_BACKEND: 'emulated',
    MPIC_RESOLVER: 'system',
  });
  try {
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  } finally {
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
  }
});
