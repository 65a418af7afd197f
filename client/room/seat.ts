import { z } from 'zod';
import { avatarHashSchema } from '../../shared/protocol/avatarRef.ts';
import { jobIdSchema } from '../../shared/protocol/jobs.ts';
import { displayNameSchema, roomIdSchema, tokenSchema } from '../../shared/protocol/signaling.ts';

const KEY = 'stipple.seat';

const seatSchema = z.object({
  roomId: roomIdSchema,
  displayName: displayNameSchema,
  avatarHash: avatarHashSchema.optional(),
  /** The job that makes the avatar, where it is not done yet. */
  jobId: jobIdSchema.optional(),
  participantToken: tokenSchema.optional(),
});
/** What this tab needs to take its place in a room again after a reload. */
export type Seat = z.infer<typeof seatSchema>;

/** The seat kept for this tab, if any. */
export function keptSeat(): Seat | undefined {
  try {
    const parsed = seatSchema.safeParse(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a seat for this tab, or with undefined gives it up. */
export function keepSeat(seat: Seat | undefined): void {
  try {
    if (seat) sessionStorage.setItem(KEY, JSON.stringify(seat));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is switched off: a reload will begin in the lobby.
  }
}
