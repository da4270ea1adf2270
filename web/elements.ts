/**
 * The element of the page with this id.
 * @throws Error when there is none of this type: page and script do not fit together
 */
export function elementOf<Type extends HTMLElement>(
  document: Document,
  id: string,
  type: abstract new () => Type,
): Type {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${type.name} #${id}`);
}
