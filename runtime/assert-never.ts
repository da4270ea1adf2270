/** Ends a switch over a closed union: the compiler refuses the call when a case was forgotten. */
export function assertNever(value: never): never {
  throw new Error(`case not handled: ${JSON.stringify(value)}`);
}
