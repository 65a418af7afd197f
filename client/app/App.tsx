import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { Lobby } from '../lobby/Lobby.tsx';
import type { AppState } from './appState.ts';

/** The lobby, or the room; the room's code (three.js and all) is fetched when somebody first needs it. */
export function App({ state }: { state: AppState }) {
  const session = state.session.value;
  const Room = useSignal<ComponentType<{ state: AppState }> | undefined>(undefined);
  useEffect(() => {
    if (session && !Room.value) void import('../room/Room.tsx').then((module) => { Room.value = module.Room; });
  }, [session]);
  if (!session) return <Lobby state={state} />;
  if (!Room.value) return <div class="room room--opening"><span class="spinner" /><p>Opening the room</p></div>;
  return <Room.value state={state} key={session.roomId} />;
}
