import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { Lobby } from '../lobby/Lobby.tsx';
import type { AppState } from './appState.ts';

/** The lobby, the gallery or the room; the code of the latter two (three.js and all) is fetched when somebody first needs it. */
export function App({ state }: { state: AppState }) {
  const session = state.session.value;
  const Room = useSignal<ComponentType<{ state: AppState }> | undefined>(undefined);
  const Gallery = useSignal<ComponentType<{ state: AppState }> | undefined>(undefined);
  const inGallery = state.inGallery.value && !session;
  useEffect(() => {
    if (inGallery && !Gallery.value) void import('../gallery/GalleryPage.tsx').then((module) => { Gallery.value = module.GalleryPage; });
  }, [inGallery]);
  useEffect(() => {
    if (session && !Room.value) void import('../room/Room.tsx').then((module) => { Room.value = module.Room; });
  }, [session]);
  if (inGallery) return Gallery.value ? <Gallery.value state={state} /> : <div class="gallery gallery--waiting"><span class="spinner" /><p>Opening the gallery</p></div>;
  if (!session) return <Lobby state={state} />;
  if (!Room.value) return <div class="room room--opening"><span class="spinner" /><p>Opening the room</p></div>;
  return <Room.value state={state} key={session.roomId} />;
}
