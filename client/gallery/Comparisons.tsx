import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Icon } from '../app/Icon.tsx';
import type { Comparison, GalleryPerson } from './catalogue.ts';
import type { GalleryFiles } from './galleryFiles.ts';
import { Pager, around, usePaging } from './Pager.tsx';
import { ROW_WORDS } from './rowWords.ts';

/** The same motion by several generators, side by side; one person at a time. */
export function Comparisons({ comparisons, people, files }: { comparisons: readonly Comparison[]; people: readonly GalleryPerson[]; files: GalleryFiles }) {
  const index = useSignal(0);
  const comparison = comparisons[index.value]!;
  const person = people.find(({ id }) => id === comparison.personId)!;
  const still = useMemo(() => matchMedia('(prefers-reduced-motion: reduce)').matches, []);
  const playing = useSignal(!still);
  const section = useRef<HTMLElement>(null);
  const film = useRef<HTMLVideoElement>(null);
  const tiles = useRef<(HTMLCanvasElement | null)[]>([]);
  const choose = (wanted: number): void => { index.value = around(wanted, comparisons.length); };
  usePaging(section, (by) => choose(index.value + by));

  useEffect(() => {
    const video = film.current;
    if (!video) return undefined;
    const paint = (source: CanvasImageSource): void => {
      const size = comparison.film.heightPixels;
      for (const [at, tile] of tiles.current.slice(0, comparison.rows.length).entries()) tile?.getContext('2d')?.drawImage(source, at * size, 0, size, size, 0, 0, size, size);
    };
    const poster = new Image();
    poster.addEventListener('load', () => { if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.paused) paint(poster); });
    poster.src = files.url(comparison.film.poster);
    let frame = 0;
    const draw = (): void => {
      frame = requestAnimationFrame(draw);
      if (!video.paused && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) paint(video);
    };
    draw();
    const visibility = new IntersectionObserver((entries) => {
      if (entries.at(-1)?.isIntersecting && playing.value) void video.play().catch(() => undefined);
      else video.pause();
    });
    visibility.observe(section.current!);
    return () => {
      cancelAnimationFrame(frame);
      visibility.disconnect();
    };
  }, [comparison]);

  const toggle = (): void => {
    playing.value = !playing.value;
    if (playing.value) void film.current?.play().catch(() => undefined);
    else film.current?.pause();
  };
  const size = comparison.film.heightPixels;
  return (
    <section class="comparisons" ref={section} data-paging aria-roledescription="carousel" aria-label="Comparisons" data-person={person.id}>
      <header class="comparisons__head">
        <h2>The same motion, {inWords(comparison.rows.length)} ways</h2>
        <p>One portrait, one driving clip, the same number of splats: what each part of the generator does for the picture.</p>
      </header>
      <div class="comparisons__slide" role="group" aria-roledescription="slide" aria-label={`${person.name}, ${index.value + 1} of ${comparisons.length}`}>
        <ul class="comparisons__tiles" data-count={comparison.rows.length + 1}>
          <li class="tile">
            <div class="tile__picture"><img src={files.url(person.portrait)} alt={person.alt || `Portrait of ${person.name}`} loading="lazy" /></div>
            <h3>Portrait</h3>
            <p>All that every row was given</p>
          </li>
          {comparison.rows.map(({ row, splats }, at) => (
            <li class={`tile ${row === 'autoregressive' ? 'tile--ours' : ''}`} key={row}>
              <div class="tile__picture">
                <canvas width={size} height={size} ref={(element) => { tiles.current[at] = element; }} role="img" aria-label={`${person.name} by ${ROW_WORDS[row].title}, moving`} />
              </div>
              <h3>{ROW_WORDS[row].title}{row === 'autoregressive' && <span class="tile__mark">ours</span>}</h3>
              <p>{ROW_WORDS[row].words} <span class="tile__splats">{splats.toLocaleString('en')} splats</span></p>
            </li>
          ))}
        </ul>
        <video class="visually-hidden" key={comparison.film.file} ref={film} src={files.url(comparison.film.file)} muted loop playsInline preload="auto" aria-hidden="true" tabIndex={-1} />
      </div>
      <Pager
        what="comparisons" names={comparisons.map(({ personId }) => people.find(({ id }) => id === personId)!.name)} index={index.value} choose={choose}
        control={(
          <button class="button button--icon button--quiet comparisons__play" type="button" aria-label={playing.value ? 'Pause the comparison' : 'Play the comparison'} onClick={toggle}>
            <Icon name={playing.value ? 'pause' : 'play'} />
          </button>
        )}
      >
        <p class="pager__name" aria-live="polite">{person.name}<span class="visually-hidden">, {index.value + 1} of {comparisons.length}</span></p>
      </Pager>
    </section>
  );
}

function inWords(count: number): string {
  return ['no', 'one', 'two', 'three', 'four', 'five'][count] ?? String(count);
}
