// The project's commands: what each needs and what it runs. Adding a command is one line here and one in package.json.

/**
 * @typedef {'development' | 'worker' | 'models' | 'client' | 'gl' | 'chromium' | 'training'} Need
 * @typedef {{ needs: readonly Need[], entry?: string, about: string }} Command
 */

/** @type {Readonly<Record<string, Command>>} */
export const commands = {
  setup: { needs: ['worker', 'models', 'client'], about: 'everything that start needs, without starting' },
  start: { needs: ['worker', 'models', 'client'], entry: 'server/main.ts', about: 'the server, with the app at http://localhost:3000' },
  dev: { needs: ['development', 'worker', 'models'], entry: 'server/setup/dev.mjs', about: 'server and client with reloading' },
  build: { needs: ['development'], about: 'the client into dist/client' },
  typecheck: { needs: ['development'], entry: 'test/checks/typecheck.ts', about: 'every tsconfig' },
  lint: { needs: ['development'], entry: 'test/checks/lint.ts', about: 'oxlint and the dependency directions' },
  test: { needs: ['development', 'worker', 'models', 'client', 'gl', 'chromium'], entry: 'test/main.ts', about: 'types, lint, unit, contract, golden and end-to-end tests' },
  avatar: { needs: ['models'], entry: 'server/cli/avatar.ts', about: 'a portrait into an avatar file' },
  'avatar:export': { needs: [], entry: 'server/cli/avatarExport.ts', about: 'an avatar file into PLY, SPZ or glTF' },
  'avatar:import': { needs: [], entry: 'server/cli/avatarImport.ts', about: 'a PLY, SPZ or glTF of ours, or LAM\'s zip, into an avatar file' },
  render: { needs: ['development', 'gl'], entry: 'client/render/cli/render.ts', about: 'an avatar file into a picture' },
  'render:sheet': { needs: ['development', 'gl'], entry: 'client/render/cli/sheet.ts', about: 'the contact sheet of an avatar: angles, expressions, close-ups' },
  eval: { needs: ['development', 'models', 'gl'], entry: 'test/eval/main.ts', about: 'figures of quality over a folder of portraits' },
  'rig:build': { needs: ['development'], entry: 'models/rig/build.ts', about: 'the head rig from its source data' },
  'rig:check': { needs: ['development'], entry: 'models/rig/check.ts', about: 'the rig beside ICT-FaceKit' },
  'rig:sheet': { needs: ['development', 'gl'], entry: 'models/rig/sheet.ts', about: 'every blendshape in one picture' },
  'sites:build': { needs: ['development'], entry: 'models/generator/buildLattice.ts', about: 'the sites on the rig that a head may have points at' },
  'people:build': { needs: ['development', 'gl'], entry: 'models/people/build.ts', about: 'the invented sample people' },
  'motion:record': { needs: ['development', 'models', 'gl', 'chromium'], entry: 'test/recorder/main.ts', about: 'the motion tracks that the motion codec is trained and measured on' },
  'motion:train': { needs: ['development'], entry: 'models/motion/train.ts', about: 'the tables of the motion codec, from the recordings' },
  bench: { needs: ['development', 'worker', 'models', 'chromium'], entry: 'test/bench/main.ts', about: 'how fast a part of the product is on this machine' },
  loadtest: { needs: ['development', 'worker'], entry: 'loadtest/main.ts', about: 'rooms full of bots: latency, bytes, CPU and memory' },
  gallery: { needs: ['development', 'models', 'gl', 'chromium'], entry: 'test/gallery/main.ts', about: 'a page of portraits and their avatars moving' },
  'train:data': { needs: ['development', 'models'], entry: 'models/training/data/build.ts', about: 'the training set of the autoregressive generator' },
  'train:setup': { needs: ['training'], about: 'a Python environment for training' },
  train: { needs: ['development', 'models', 'training'], entry: 'models/training/main.ts', about: 'trains, exports and checks the generator' },
  screenshots: { needs: ['development', 'worker', 'models', 'client', 'gl', 'chromium'], entry: 'test/screenshots/main.ts', about: 'the pictures in docs/' },
};
