/** Pods that one write of a ledger moved from open to used, and what was charged for them together. */
export interface Charge {
  /** Pod UID → what was reserved for it. */
  readonly reserved: ReadonlyMap<string, number>;
  readonly gpuMilliseconds: number;
  /** Given up as lost by then: charged in full, whatever they used. */
  readonly lost: ReadonlySet<string>;
}

/** What each ledger has charged, by the ledger's address. */
export class Charges {
  readonly #byLedger = new Map<string, Map<string, Charge>>();

  of(ledger: string): ReadonlyMap<string, Charge> {
    return this.#byLedger.get(ledger) ?? new Map<string, Charge>();
  }

  add(ledger: string, charge: Charge): void {
    const known = this.#byLedger.get(ledger) ?? new Map<string, Charge>();
    for (const uid of charge.reserved.keys()) known.set(uid, charge);
    this.#byLedger.set(ledger, known);
  }

  all(): readonly (readonly [ledger: string, charge: Charge])[] {
    return [...this.#byLedger].flatMap(([ledger, charges]) =>
      [...new Set(charges.values())].map((charge) => [ledger, charge] as const),
    );
  }

  /**
   * Pods that were charged together somewhere in the chain of this one, with their sum in each of its ledgers. One write may settle several
   * Pods, and another ledger may have settled them one by one: only the sums of such a group can be compared.
   */
  sums(uid: string, chain: readonly string[]): {readonly uids: ReadonlySet<string>; readonly sums: readonly number[]} {
    const uids = new Set([uid]);
    const charges = chain.map(() => new Set<Charge>());
    for (const member of uids)
      for (const [at, ledger] of chain.entries()) {
        const charge = this.of(ledger).get(member);
        if (charge === undefined) continue;
        charges[at]?.add(charge);
        for (const other of charge.reserved.keys()) uids.add(other);
      }
    const sums = charges.map((found) => [...found].reduce((sum, {gpuMilliseconds}) => sum + gpuMilliseconds, 0));
    return {uids, sums};
  }
}
