import { toPrintableJson } from '../../shared/contract/api/printable-json.ts';

/**
 * An answer of the API. No cache keeps it: a verdict ages, and what a caller may see depends on a key that caches do not
 * look at.
 */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(toPrintableJson(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  });
}
