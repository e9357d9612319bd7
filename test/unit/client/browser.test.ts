import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { dropNodeCrypto } from '../../../infra/drop-node-crypto.mjs';
import { ROOT } from '../docs/markdown.ts';

/** What only Node has. `require` is that of CommonJS packages. */
const OF_NODE = /\bnode:[a-z]|\bBuffer\b|\bprocess\.|\brequire\(/;

describe('the client as a bundle for browsers', () => {
  it('holds nothing that only Node has, and none of the rules of the service', async () => {
    const { outputFiles, metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: ['shared/client/index.ts'],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      minify: true,
      write: false,
      metafile: true,
      outdir: 'dist',
      logLevel: 'silent',
      plugins: [dropNodeCrypto],
    });
    const [{ text } = { text: '' }] = outputFiles;
    expect(text).toContain('idempotency-key');
    expect(OF_NODE.exec(text)).toBeNull();
    expect(text.length).toBeLessThan(200_000);
    const parts = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    );
    expect(
      parts.filter((path) => /tldts|tr46|re2js|asn1js|@aws-sdk|shared\/adapters|services\//.test(path)),
    ).toEqual([]);
  });
});
