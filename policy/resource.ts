/** A resource of a stack, as the rules look at it. */
export interface Resource {
  /** Pulumi's type token, such as digitalocean:index/firewall:Firewall. */
  readonly type: string;
  readonly name: string;
  /** Its inputs, or in a rule over the whole stack its outputs; no marks of secrets in them. */
  readonly props: Readonly<Record<string, unknown>>;
}

/** What a rule has to say about one resource: what is wrong, one sentence each; nothing if it is sound. */
export type Rule = (resource: Resource) => string[];

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A list as a list. What is left out is none, and what is one thing only (a list not known in a preview) is that. */
export const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
