/** Something in a ring; at most in one at a time. */
export class RingNode<T> {
  readonly value: T;
  before: RingNode<T> | undefined;
  after: RingNode<T> | undefined;

  constructor(value: T) {
    this.value = value;
  }
}

/**
 * A doubly linked list. A Map that is used as a queue walks over all that was deleted at its front; this does not: adding,
 * removing and finding the first take the same time, however long it is.
 */
export class Ring<T> {
  #first: RingNode<T> | undefined;
  #last: RingNode<T> | undefined;

  get first(): RingNode<T> | undefined {
    return this.#first;
  }

  /** Adds what is in no ring. */
  append(node: RingNode<T>): void {
    node.before = this.#last;
    if (this.#last === undefined) this.#first = node;
    else this.#last.after = node;
    this.#last = node;
  }

  /** Removes what is in this ring. */
  remove(node: RingNode<T>): void {
    if (node.before === undefined) this.#first = node.after;
    else node.before.after = node.after;
    if (node.after === undefined) this.#last = node.before;
    else node.after.before = node.before;
    node.before = undefined;
    node.after = undefined;
  }

  moveToEnd(node: RingNode<T>): void {
    if (node === this.#last) return;
    this.remove(node);
    this.append(node);
  }
}
