import { z } from 'zod';

/** Lower-case hex SHA-256 of the stored bytes: the avatar's name everywhere. */
export const avatarHashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 lower-case hex digits');

/** Where a finished avatar lies and what to expect there. */
export const avatarRefSchema = z.object({
  hash: avatarHashSchema,
  /** Path on the same origin; read with `Authorization: Bearer` and a room token or the owner's token. */
  url: z.string(),
  bytes: z.number().int().nonnegative(),
  splats: z.number().int().nonnegative(),
  generator: z.string(),
});
export type AvatarRef = z.infer<typeof avatarRefSchema>;
