import './fonts.css';
import '../../design/tokens.css';
import '../../design/base.css';
import '../../design/controls.css';
import '../gallery.css';
import { render } from 'preact';
import { catalogueSchema } from '../catalogue.ts';
import { Gallery } from '../Gallery.tsx';
import { GalleryFiles } from '../galleryFiles.ts';

// The page carries its catalogue: opened from a disk it could not fetch it.
const catalogue = catalogueSchema.parse(JSON.parse(document.getElementById('catalogue')?.textContent ?? ''));
const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app element');
render(
  <Gallery
    catalogue={catalogue} files={new GalleryFiles(catalogue, '')} leave={undefined}
    fullQuality={new URLSearchParams(location.search).get('quality') === 'full'}
  />,
  root,
);
