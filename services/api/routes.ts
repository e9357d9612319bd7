/** One way to ask the service something. */
interface Route {
  readonly method: 'GET' | 'POST';
  /** As OpenAPI writes it: a variable part stands in braces. */
  readonly path: string;
  /** Callers have to show a key, if keys are configured. */
  readonly needsKey: boolean;
}

/** All that the service serves. The router and the OpenAPI document are made of this table. */
export const ROUTES = {
  submit: { method: 'POST', path: '/mpic', needsKey: true },
  // Before the path of which it would be a variable part.
  contacts: { method: 'POST', path: '/mpic/contacts', needsKey: true },
  read: { method: 'GET', path: '/mpic/{id}', needsKey: true },
  perspectives: { method: 'GET', path: '/perspectives', needsKey: true },
  openapi: { method: 'GET', path: '/openapi.json', needsKey: true },
  docs: { method: 'GET', path: '/docs', needsKey: true },
  health: { method: 'GET', path: '/healthz', needsKey: false },
  readiness: { method: 'GET', path: '/readyz', needsKey: false },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
