import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StippleError } from '../../shared/protocol/errors.ts';

/** A fresh secret of 256 bits, 43 URL-safe characters. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** A fresh public id of 128 bits, 22 URL-safe characters. */
export function randomId(): string {
  return randomBytes(16).toString('base64url');
}

const ROOM_ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A fresh room id that can be read out: three groups of four, 59 bits. */
export function randomRoomId(): string {
  const letters: string[] = [];
  while (letters.length < 12) {
    for (const byte of randomBytes(16)) {
      // 248 is the largest multiple of 31 in a byte: what lies above would favour the first letters.
      if (byte < 248 && letters.length < 12) letters.push(ROOM_ALPHABET[byte % 31]!);
    }
  }
  const word = letters.join('');
  return `${word.slice(0, 4)}-${word.slice(4, 8)}-${word.slice(8)}`;
}

/** Tokens are kept and compared as digests, so that neither memory dumps nor timing give one away. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/**
 * Issues and checks owner tokens: 16 random bytes that name the owner and 16 bytes of an HMAC over them, so that a
 * token outlives a restart without a table of owners.
 */
export class OwnerTokens {
  readonly #secret: Buffer;

  constructor(secret: string | Buffer) {
    this.#secret = Buffer.from(secret);
  }

  /** With the configured secret, else with one made once and kept in the data folder, readable by the owner alone. */
  static load(dataFolder: string, configured: string | undefined): OwnerTokens {
    if (configured !== undefined) return new OwnerTokens(configured);
    const file = join(dataFolder, 'secret');
    mkdirSync(dataFolder, { recursive: true });
    try {
      writeFileSync(file, randomBytes(32), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return new OwnerTokens(readFileSync(file));
  }

  issue(): string {
    const name = randomBytes(16);
    return Buffer.concat([name, this.#seal(name)]).toString('base64url');
  }

  /** The owner's id, or undefined where this server has not issued the token. */
  ownerId(token: string): string | undefined {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length !== 32 || bytes.toString('base64url') !== token) return undefined;
    const name = bytes.subarray(0, 16);
    return timingSafeEqual(bytes.subarray(16), this.#seal(name)) ? name.toString('base64url') : undefined;
  }

  /** @throws StippleError TOKEN_INVALID */
  requireOwnerId(token: string): string {
    const ownerId = this.ownerId(token);
    if (ownerId === undefined) throw new StippleError('TOKEN_INVALID', { details: { expected: "an owner's token" } });
    return ownerId;
  }

  #seal(name: Buffer): Buffer {
    return createHmac('sha256', this.#secret).update('owner').update(name).digest().subarray(0, 16);
  }
}
