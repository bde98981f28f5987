import { list, type Resource } from "../resource.ts";

/** A resource of the whole stack. */
export interface StackResource extends Resource {
  readonly urn: string;
  /** For each property, the URNs of the resources that its value came from. */
  readonly propertySources: Readonly<Record<string, readonly string[]>>;
}

/**
 * The droplets that no firewall of the stack covers, by a tag that both have or by the droplet's own id. Ids are not
 * known in a preview; there, and always, a `dropletIds` that was made from the droplet counts.
 */
export function withoutFirewall(resources: readonly StackResource[]): StackResource[] {
  const firewalls = resources.filter(({ type }) => type === "digitalocean:index/firewall:Firewall");
  return resources
    .filter(({ type }) => type === "digitalocean:index/droplet:Droplet")
    .filter(
      (droplet) =>
        !firewalls.some(
          (firewall) =>
            list(firewall.props.tags).some((tag) => list(droplet.props.tags).includes(tag)) ||
            (firewall.propertySources.dropletIds ?? []).includes(droplet.urn),
        ),
    );
}
