/** What no standby may be deployed with. How to run it: docs/policy.md. */
import { PolicyPack, type PolicyResource, type ResourceValidationPolicy, Secret } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { secretKeys } from "../infra/config.ts";
import type { Rule } from "./resource.ts";
import { type StackResource, withoutFirewall } from "./rules/behind-firewall.ts";
import { hostKeyPinned } from "./rules/host-key-pinned.ts";
import { openToTheWorld } from "./rules/open-to-the-world.ts";
import { misplacedSecrets, plainSecrets } from "./rules/secrets.ts";
import { tailnetKey } from "./rules/tailnet-key.ts";

/**
 * Properties as they are: not through the proxy, which throws at a value that a preview does not know yet, and takes off
 * the marks of secrets. What is unknown stays as the engine's placeholder, a text that no rule takes offence at.
 */
const asTheyAre = (props: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(props)).map(([key, { value }]) => [key, value]));

const policy = (name: string, description: string, rule: Rule): ResourceValidationPolicy => ({
  name,
  description,
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    for (const wrong of rule({ type, name, props: asTheyAre(props) })) report(wrong);
  },
});

// The stack's configuration reaches a pack on some engines only: shapes are looked for on all of them.
const config = pulumi.runtime.allConfig();
const configured = (key: string) => config[`openclaw-standby:${key}`] ?? "";
const knownSecrets = secretKeys.map(configured).filter((value) => value.length >= 8);

const stackResource = ({ type, name, urn, props, propertyDependencies }: PolicyResource): StackResource => ({
  type,
  name,
  urn,
  props: asTheyAre(props),
  propertySources: Object.fromEntries(
    Object.entries(propertyDependencies).map(([property, sources]) => [property, sources.map((source) => source.urn)]),
  ),
});

new PolicyPack("openclaw-standby", {
  enforcementLevel: "mandatory",
  policies: [
    {
      name: "open-to-the-world",
      description: "No port is open to the whole world.",
      enforcementLevel: "mandatory",
      configSchema: { properties: { sshOpenToWorld: { type: "boolean", default: false } } },
      validateResource: ({ type, name, props, getConfig }, report) => {
        const { sshOpenToWorld = false } = getConfig<{ sshOpenToWorld?: boolean }>();
        const meant = sshOpenToWorld || configured("sshOpenToWorld") === "true";
        for (const wrong of openToTheWorld(meant)({ type, name, props: asTheyAre(props) })) report(wrong);
      },
    },
    {
      name: "behind-firewall",
      description: "Every droplet is behind a firewall of this stack.",
      enforcementLevel: "mandatory",
      validateStack: ({ resources }, report) => {
        for (const { urn, name } of withoutFirewall(resources.map(stackResource)))
          report(`No firewall covers the droplet ${name}; give both a tag in common.`, urn);
      },
    },
    policy("tailnet-key", "A tailnet key works once, soon, and for a tagged device.", tailnetKey),
    policy("host-key-pinned", "SSH connections pin the host's key.", hostKeyPinned),
    policy("secrets-in-place", "Secrets are only where nobody else can read them.", (resource) =>
      misplacedSecrets(resource, knownSecrets),
    ),
    {
      name: "secrets-encrypted",
      description: "The state holds no secret in plain text.",
      // Only what may remedy is shown the marks of secrets. This remedies nothing: it stops the deployment.
      enforcementLevel: "remediate",
      remediateResource: ({ type, name, props }) => {
        if (type.startsWith("pulumi:providers:")) return;
        const wrong = plainSecrets(asTheyAre(props), (value) => value instanceof Secret, knownSecrets);
        if (wrong.length > 0) throw new Error(`${name}: ${wrong.join("; ")}`);
      },
    },
  ],
});
