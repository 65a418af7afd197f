import { describe, expect, it } from 'vitest';
import { tokenSchema, roomIdSchema } from '../../../shared/protocol/signaling.ts';
import { OwnerTokens, randomRoomId, randomToken } from '../../../server/tokens/tokens.ts';

describe('OwnerTokens', () => {
  const tokens = new OwnerTokens('a secret of this server');

  it('knows its own tokens again, after a restart too', () => {
    const token = tokens.issue();
    expect(tokenSchema.parse(token)).toBe(token);
    expect(tokens.ownerId(token)).toHaveLength(22);
    expect(new OwnerTokens('a secret of this server').ownerId(token)).toBe(tokens.ownerId(token));
    expect(tokens.issue()).not.toBe(token);
  });

  it('knows no others: other secrets, changed characters, other spellings of the same bytes', () => {
    const token = tokens.issue();
    expect(new OwnerTokens('another secret').ownerId(token)).toBeUndefined();
    for (let index = 0; index < token.length - 1; index++) {
      const changed = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1);
      expect(tokens.ownerId(changed), `character ${index}`).toBeUndefined();
    }
    // The last character of 43 holds two unused bits: another one may decode to the same bytes.
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      if (last !== token.at(-1)) expect(tokens.ownerId(token.slice(0, -1) + last)).toBeUndefined();
    }
    for (const other of ['', 'A', randomToken(), `${token}A`, `${token}=`]) expect(tokens.ownerId(other)).toBeUndefined();
  });
});

describe('randomRoomId', () => {
  it('makes ids that the protocol accepts, all different', () => {
    const ids = Array.from({ length: 500 }, () => randomRoomId());
    for (const id of ids) expect(roomIdSchema.parse(id)).toBe(id);
    expect(new Set(ids).size).toBe(500);
  });
});
