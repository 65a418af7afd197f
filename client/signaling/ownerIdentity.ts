import { tokenSchema } from '../../shared/protocol/signaling.ts';

const KEY = 'stipple.owner';

/** The owner's secret token, kept across visits where the browser allows it, else for this page only. */
export class OwnerIdentity {
  #token: string | undefined;

  constructor() {
    try {
      const stored = tokenSchema.safeParse(localStorage.getItem(KEY));
      this.#token = stored.success ? stored.data : undefined;
    } catch {
      this.#token = undefined; // Storage is switched off; the page works without.
    }
  }

  get token(): string | undefined {
    return this.#token;
  }

  set token(token: string | undefined) {
    this.#token = token;
    try {
      if (token) localStorage.setItem(KEY, token);
      else localStorage.removeItem(KEY);
    } catch {
      // As above.
    }
  }
}
