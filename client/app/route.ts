import { roomIdSchema } from '../../shared/protocol/signaling.ts';

/** The room that the address names (`/r/ROOM`), if any. */
export function roomIdOfAddress(): string | undefined {
  const match = /^\/r\/([^/]+)\/?$/.exec(location.pathname);
  const parsed = roomIdSchema.safeParse(match?.[1]);
  return parsed.success ? parsed.data : undefined;
}

/** Where the gallery is. */
export const GALLERY_PATH = '/gallery';

/** Whether the address names the gallery. */
export function isGalleryAddress(): boolean {
  return /^\/gallery\/?$/.test(location.pathname);
}

/** The link that people share. */
export function roomLink(roomId: string): string {
  return `${location.origin}/r/${roomId}`;
}

/** Puts a room, or with undefined the lobby, into the address without loading anything. */
export function showAddress(roomId: string | undefined): void {
  const path = roomId === undefined ? '/' : `/r/${roomId}`;
  if (location.pathname !== path) history.pushState(null, '', path);
}

/** Puts the gallery into the address without loading anything. */
export function showGalleryAddress(): void {
  if (!isGalleryAddress()) history.pushState(null, '', GALLERY_PATH);
}
