/** What is refused. An absent field and `*` match everything; the namespace "" matches the cluster scope alone. */
export interface DenyRule {
  readonly verb?: string;
  readonly group?: string;
  /** Plural, or the path of what is none. */
  readonly resource?: string;
  readonly namespace?: string;
}

export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string | undefined;
}

/** Authorization: everything is allowed but what a test denied. The same rules answer access reviews and requests. */
export class Access {
  readonly #rules: DenyRule[] = [];

  /** @returns takes the rule back */
  deny(rule: DenyRule): () => void {
    this.#rules.push(rule);
    return () => {
      const index = this.#rules.indexOf(rule);
      if (index !== -1) this.#rules.splice(index, 1);
    };
  }

  allows({ verb, group, resource, namespace = "" }: AccessAttributes): boolean {
    const matches = (wanted: string | undefined, actual: string) =>
      wanted === undefined || wanted === "*" || wanted === actual;
    return !this.#rules.some(
      (rule) =>
        matches(rule.verb, verb) &&
        matches(rule.group, group) &&
        matches(rule.resource, resource) &&
        matches(rule.namespace, namespace),
    );
  }
}
