/**
 * A test double of the head generator: the portrait's own bytes say what happens. Used to test the queue, the process
 * and the routes around a generator; never part of the product.
 *
 * After a JPEG signature come words of ASCII: `refuse:CODE`, `spin:MS` (computes without a pause), `wait:MS` (heeds the
 * signal), `crash`, `throw`, `points:BYTES`
 * (a preview of that many bytes), or anything else; the avatar is then the text itself.
 */
import { StippleError } from '../../shared/protocol/errors.ts';
import type { ErrorCode } from '../../shared/protocol/errors.ts';
import type { AvatarPipeline } from '../../server/avatar/avatarPipeline.ts';

export async function createPipeline(): Promise<AvatarPipeline> {
  return {
    generator: 'scripted',
    make: async (portrait, { signal, onProgress, onPoints }) => {
      let batch = 0;
      const words = Buffer.from(portrait.subarray(4)).toString('latin1').split(' ');
      const step = words.length + 1;
      for (const [index, word] of words.entries()) {
        onProgress({ stage: word.split(':')[0]!.slice(0, 20), fraction: index / step });
        const [verb, argument] = word.split(':');
        if (verb === 'refuse') throw new StippleError(argument as ErrorCode);
        if (verb === 'throw') throw new TypeError('scripted bug');
        if (verb === 'crash') process.abort();
        if (verb === 'points') {
          onPoints({ batch, pointsSoFar: 100 * batch, pointsExpected: undefined, bytes: new Uint8Array(Number(argument)).fill(batch) });
          batch++;
        }
        if (verb === 'spin') for (const endMs = performance.now() + Number(argument); performance.now() < endMs;);
        if (verb === 'wait') await wait(Number(argument), signal);
      }
      return { bytes: Buffer.from(`avatar of ${words.join(' ')}`), splats: 7, generator: 'scripted' };
    },
  };
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

/** A portrait file that tells the double above what to do. */
export function scriptedPortrait(script: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array([0xff, 0xd8, 0xff, 0xe0, ...new TextEncoder().encode(script)]);
}
