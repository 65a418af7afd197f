import { useEffect } from 'preact/hooks';
import { DISPLAY_NAME_MAX_CHARACTERS } from '../../shared/protocol/limits.ts';
import { Icon, Mark } from '../app/Icon.tsx';
import type { AppState } from '../app/appState.ts';
import { GALLERY_PATH } from '../app/route.ts';
import { PortraitCard } from './PortraitCard.tsx';

/** The first screen: a portrait becomes an avatar, a name is given, the room is entered. */
export function Lobby({ state }: { state: AppState }) {
  const invited = state.invitedTo.value;
  const connection = state.connection.state.value;
  const step = state.portrait.step.value;
  useEffect(() => {
    document.title = invited ? `Join ${invited} · Stipple` : 'Stipple';
  }, [invited]);

  return (
    <div class="lobby">
      <header class="lobby__header">
        <a class="wordmark" href="/"><Mark />Stipple</a>
        {invited && <span class="chip"><Icon name="people" />Room {invited}</span>}
        <a
          class="button button--quiet lobby__gallery" href={GALLERY_PATH} data-testid="gallery-link"
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            state.openGallery();
          }}
        >
          Gallery
        </a>
        {connection === 'reconnecting' && <span class="chip" role="status"><span class="dot dot--warn dot--busy" />Reconnecting</span>}
        {connection === 'refused' && <button class="button" onClick={() => location.reload()}><Icon name="retry" />Reload for the new version</button>}
      </header>

      <main class="lobby__main">
        <section class="lobby__words">
          <h1>{invited ? <>They’re waiting.<br />Bring your face.</> : <>Be there in<br />person. In points.</>}</h1>
          <p class="lobby__lead">
            One portrait becomes an avatar of some fifty thousand points that moves as you do. Your camera stays here: only
            expression and pose travel.
          </p>
          <form
            class="lobby__form"
            onSubmit={(event) => {
              event.preventDefault();
              void state.enter();
            }}
          >
            <label class="field">
              <span class="field__label">Your name</span>
              <input
                class="field__input" name="name" data-testid="display-name" autocomplete="nickname" maxLength={DISPLAY_NAME_MAX_CHARACTERS} placeholder="What others will see"
                value={state.displayName.value}
                onInput={(event) => { state.displayName.value = event.currentTarget.value; }}
              />
            </label>
            <button class="button button--primary button--large" type="submit" data-testid="join-room" disabled={!state.canEnter.value}>
              {state.entering.value ? <span class="spinner" /> : <Icon name="arrow" />}
              {invited ? 'Join the room' : 'Open a room'}
            </button>
            <p class="lobby__hint" role="status">
              {state.enterError.value
                ?? (step.kind === 'ready' ? (state.displayName.value.trim() ? 'You can copy the link and invite others inside.' : 'Only your name is missing.')
                  : state.canEnter.value ? 'No need to wait: inside, they see your avatar take shape.' : step.kind === 'working' || step.kind === 'bringing' ? 'Your avatar is on its way.' : 'Choose a portrait to begin.')}
            </p>
          </form>
          <p class="lobby__privacy">
            <Icon name="lock" />
            <span>The portrait is deleted from the server the moment your avatar exists. No video ever leaves this browser.</span>
          </p>
        </section>
        <PortraitCard flow={state.portrait} fullQuality={state.fullQuality.value} />
      </main>
    </div>
  );
}
