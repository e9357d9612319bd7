/** An API key that must be sent and never be shown. */
export interface Secret {
  /** `text` without the key. */
  hide(text: string): string;
  isIn(text: string): boolean;
}

const HIDDEN = '<the key>';

/** A shorter key may well stand in an answer by chance, so that finding it there proves nothing. */
const MIN_TELLING_CHARACTERS = 8;

/** Knows the key as it is, inside JSON, and inside a URL. Without a key there is nothing to hide. */
export function createSecret(key: string | null): Secret {
  if (key === null) return { hide: (text) => text, isIn: () => false };
  const forms = [...new Set([key, JSON.stringify(key).slice(1, -1), encodeURIComponent(key)])];
  return {
    hide: (text) => forms.reduce((shown, form) => shown.replaceAll(form, HIDDEN), text),
    isIn: (text) => key.length >= MIN_TELLING_CHARACTERS && forms.some((form) => text.includes(form)),
  };
}
