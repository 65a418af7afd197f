/** A model file that cannot be read or converted. Raised while setting up, never while serving. */
export class ModelConvertError extends Error {
  readonly code: 'model_unreadable' | 'model_unsupported';

  constructor(code: 'model_unreadable' | 'model_unsupported', message: string) {
    super(message);
    this.name = 'ModelConvertError';
    this.code = code;
  }

  static unreadable(reason: string): ModelConvertError {
    return new ModelConvertError('model_unreadable', `not a readable TFLite model: ${reason}`);
  }

  static unsupported(operator: string, reason: string): ModelConvertError {
    return new ModelConvertError('model_unsupported', `cannot convert TFLite operator ${operator}: ${reason}`);
  }
}
