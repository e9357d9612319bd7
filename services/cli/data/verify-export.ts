import { type CheckedExport, checkExport, readItems } from './read-export.ts';
import { RECORD_KINDS } from './record-kind.ts';
import type { Report } from './session.ts';

/** An export of which every record is known to be readable. */
export interface ReadableExport extends CheckedExport {
  /** Requests without a verdict. */
  readonly running: number;
}

/** Check hashes first and then every record, before anything is done with any of them. */
export async function checkReadable(folder: string, signal: AbortSignal): Promise<ReadableExport> {
  const checked = await checkExport(folder);
  let running = 0;
  for (const kind of RECORD_KINDS) {
    for await (const item of readItems(checked, kind)) {
      signal.throwIfAborted();
      if (item.running) running += 1;
    }
  }
  return { ...checked, running };
}

export async function verifyExport(folder: string, signal: AbortSignal): Promise<Report> {
  const { manifest, manifestSha256, running } = await checkReadable(folder, signal);
  const { requests, results } = manifest.files;
  return {
    text: [
      `complete, unchanged and readable: ${requests.items} requests of ${requests.table} and ${results.items} results of ${results.table}, exported ${manifest.exported_at}`,
      `SHA-256 of manifest.json: ${manifestSha256}; compare it with what export printed`,
    ].join('\n'),
    data: {
      requests: requests.items,
      results: results.items,
      running,
      exported_at: manifest.exported_at,
      manifest_sha256: manifestSha256,
    },
    exitStatus: 0,
  };
}
