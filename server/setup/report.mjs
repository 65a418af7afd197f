// What set-up says to a person: progress on standard error, and failures with what, why and the cure.
const colours = process.stderr.isTTY && !process.env['NO_COLOR'];

/** @param {string} text */
export function red(text) {
  return colours ? `\u001b[31m${text}\u001b[0m` : text;
}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}

/** A failure of set-up that a person can act on. */
export class SetupError extends Error {
  /**
   * @param {string} what what could not be had or done
   * @param {string} why the reason as far as it is known
   * @param {string} cure what to do about it
   */
  constructor(what, why, cure) {
    super(`${what}\n  why:  ${why.trim().split('\n').join('\n        ')}\n  cure: ${cure.split('\n').join('\n        ')}`);
    this.name = 'SetupError';
    this.what = what;
    this.why = why;
    this.cure = cure;
  }
}

const STILL_AT_IT_MS = 10_000;

/**
 * Runs one step and tells how long it took, and now and then that it is still at it; silent steps that find nothing to do never call it.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function timed(title, work) {
  say(`${title} …`);
  const startMs = performance.now();
  const seconds = () => (performance.now() - startMs) / 1000;
  const ticker = setInterval(() => say(`${title} … ${Math.round(seconds())} s`), STILL_AT_IT_MS);
  try {
    const result = await work();
    say(`${title}: done in ${seconds().toFixed(1)} s`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}
