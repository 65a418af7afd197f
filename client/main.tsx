import '@fontsource-variable/inter/wght.css';
import '@fontsource/instrument-serif/latin-400.css';
import './design/tokens.css';
import './design/base.css';
import './design/controls.css';
import './lobby/lobby.css';
import './room/room.css';
import './voice/voice.css';
import './gallery/gallery.css';
import { render } from 'preact';
import { App } from './app/App.tsx';
import { AppState } from './app/appState.ts';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app element');
render(<App state={new AppState()} />, root);
