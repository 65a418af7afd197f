import { useEffect } from 'preact/hooks';
import { Icon, Mark } from '../app/Icon.tsx';
import { Comparisons } from './Comparisons.tsx';
import type { Catalogue } from './catalogue.ts';
import { Figures } from './Figures.tsx';
import type { GalleryFiles } from './galleryFiles.ts';
import { Showcase } from './Showcase.tsx';

export interface GalleryProps {
  readonly catalogue: Catalogue;
  readonly files: GalleryFiles;
  /** Every point in every pixel, however slow. */
  readonly fullQuality: boolean;
  /** The way back to the lobby; undefined where there is none. */
  readonly leave: (() => void) | undefined;
}

/** Portraits, the avatars made of them, what drives them, and the generators side by side. */
export function Gallery({ catalogue, files, fullQuality, leave }: GalleryProps) {
  const { people, comparisons, table, invented } = catalogue;
  useEffect(() => { document.title = 'Gallery · Stipple'; }, []);
  const home = (event: Event): void => {
    if (!leave) return;
    event.preventDefault();
    leave();
  };
  return (
    <div class="gallery">
      <header class="gallery__header">
        {leave ? <a class="wordmark" href="/" onClick={home}><Mark />Stipple</a> : <span class="wordmark"><Mark />Stipple</span>}
        {invented && <span class="chip gallery__chip">Invented people</span>}
        {leave && <a class="button" href="/" onClick={home}>Make yours<Icon name="arrow" /></a>}
      </header>
      <main class="gallery__main">
        <div class="gallery__words">
          <h1>One picture in. <span>A person out.</span></h1>
          <p>
            Each avatar here was made from the one portrait beside it. What moves it is all that a room ever sends: an expression and the turn
            of a head, some ten bytes a frame.
          </p>
        </div>
        {people.length > 0 ? <Showcase people={people} files={files} fullQuality={fullQuality} /> : <p class="gallery__empty">Nobody is on show here.</p>}
        {comparisons.length > 0 && <Comparisons comparisons={comparisons} people={people} files={files} />}
        {table && <Figures table={table} />}
      </main>
      {invented && <footer class="gallery__footer">Nobody on this page exists. Their portraits were rendered from MakeHuman’s CC0 assets.</footer>}
    </div>
  );
}
