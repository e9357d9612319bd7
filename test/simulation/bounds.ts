/** How long after its deadline, once everything works again, an attempt is over at the latest, and its verdict published. */
export const ATTEMPT_BOUND_MS = 90_000;
