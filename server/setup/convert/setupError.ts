export class SetupError extends Error { static badModel(m: string) { return new SetupError(m); } }
