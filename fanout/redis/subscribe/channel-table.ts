/** What is kept in a table: many, so the table's link is in it. */
export interface TableEntry<Entry> {
  /** Of characters of one byte. */
  readonly name: string;
  /** Another one of the same hash; owned by the table. */
  next: Entry | undefined;
}

/**
 * Channels by name, found by the bytes of a name where they lie in a message. A string made of each message's
 * channel to look it up has to be allocated and hashed first.
 */
export class ChannelTable<Entry extends TableEntry<Entry>> {
  readonly #byHash = new Map<number, Entry>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The entry whose name is `bytes` from `start` to `end`. */
  find(bytes: Uint8Array, start: number, end: number): Entry | undefined {
    let hash = offsetBasis;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), prime);
    let entry = this.#byHash.get(hash);
    while (entry !== undefined && !isName(entry.name, bytes, start, end)) entry = entry.next;
    return entry;
  }

  get(name: string): Entry | undefined {
    let entry = this.#byHash.get(hashOf(name));
    while (entry !== undefined && entry.name !== name) entry = entry.next;
    return entry;
  }

  /** Adds an entry whose name is not there yet. */
  add(entry: Entry): void {
    const hash = hashOf(entry.name);
    entry.next = this.#byHash.get(hash);
    this.#byHash.set(hash, entry);
    this.#size++;
  }

  delete(name: string): void {
    const hash = hashOf(name);
    const kept: Entry[] = [];
    for (let entry = this.#byHash.get(hash); entry !== undefined; entry = entry.next)
      if (entry.name === name) this.#size--;
      else kept.push(entry);
    this.#byHash.delete(hash);
    for (const entry of kept) {
      entry.next = this.#byHash.get(hash);
      this.#byHash.set(hash, entry);
    }
  }

  *values(): Generator<Entry> {
    for (const first of this.#byHash.values())
      for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next) yield entry;
  }
}

// FNV-1a, 32 bits (https://www.rfc-editor.org/rfc/rfc9923).
const offsetBasis = 0x811c9dc5 | 0;
const prime = 0x01000193;

function hashOf(name: string): number {
  let hash = offsetBasis;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), prime);
  return hash;
}

function isName(name: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
