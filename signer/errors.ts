/** Where a code belongs; the part before the slash. */
export type CodeArea =
  | 'usage'
  | 'file'
  | 'zone'
  | 'key'
  | 'token'
  | 'pin'
  | 'share'
  | 'backup'
  | 'sign'
  | 'verify'
  | 'judge'
  | 'setup'
  | 'workspace'
  | 'policy'
  | 'audit'
  | 'gate'
  | 'release'
  | 'roll'
  | 'ds'
  | 'evidence'
  | 'plan'
  | 'person'
  | 'ceremony';
export type Code = `${CodeArea}/${string}`;

/** The operator can put it right. Exit status 1 (2 where the code's area is `usage`). Every code is explained in docs/errors.md. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: Code;
  /** The next step, as a sentence. */
  readonly hint: string;
  constructor(code: Code, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** Token or disk failed. Exit status 3; `cause` is kept. Never holds a PIN or key material. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: Code;
  readonly hint: string;
  constructor(code: Code, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
