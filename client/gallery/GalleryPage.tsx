import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { AppState } from '../app/appState.ts';
import { catalogueSchema } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import { Gallery } from './Gallery.tsx';
import { GalleryFiles } from './galleryFiles.ts';

/** The gallery that comes with the app. */
const BASE = '/gallery/';

/** The gallery as a page of the app. */
export function GalleryPage({ state }: { state: AppState }) {
  const opened = useSignal<{ catalogue: Catalogue; files: GalleryFiles } | 'failed' | undefined>(undefined);
  useEffect(() => {
    void openCatalogue().then((catalogue) => { opened.value = { catalogue, files: new GalleryFiles(catalogue, BASE) }; }, (error: unknown) => {
      console.error('gallery', error);
      opened.value = 'failed';
    });
  }, []);
  const shown = opened.value;
  if (shown === undefined || shown === 'failed') {
    return (
      <div class="gallery gallery--waiting">
        {shown === undefined ? <><span class="spinner" /><p>Opening the gallery</p></> : (
          <>
            <p role="alert">The gallery could not be loaded.</p>
            <button class="button" type="button" onClick={() => state.leaveGallery()}>To the lobby</button>
          </>
        )}
      </div>
    );
  }
  return <Gallery {...shown} fullQuality={state.fullQuality.value} leave={() => state.leaveGallery()} />;
}

async function openCatalogue(): Promise<Catalogue> {
  const response = await fetch(`${BASE}gallery.json`);
  if (!response.ok) throw new Error(`gallery.json: HTTP ${response.status}`);
  return catalogueSchema.parse(await response.json());
}
