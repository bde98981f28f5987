/** The part of DigitalOcean's API v2 that a stack with one droplet uses, as its public reference describes it. */
import { actionRoutes } from "./digitalocean/actions.ts";
import { malformed, notFound, unauthorized } from "./digitalocean/answers.ts";
import { catalogRoutes } from "./digitalocean/catalog.ts";
import type { Cloud, DigitalOceanConfig, Hypervisor } from "./digitalocean/cloud.ts";
import { dropletRoutes } from "./digitalocean/droplets.ts";
import { firewallRoutes, guarded } from "./digitalocean/firewalls.ts";
import { keyRoutes } from "./digitalocean/keys.ts";
import { tagRoutes } from "./digitalocean/tags.ts";
import type { Api } from "./http.ts";
import type { CloudState } from "./state.ts";

/** DigitalOcean's API over a state and a hypervisor. `save` is called after each change. */
export function digitalOcean(
  config: DigitalOceanConfig,
  state: CloudState,
  save: () => void,
  hypervisor: Hypervisor,
): Api {
  const cloud: Cloud = {
    config,
    state,
    hypervisor,
    save,
    nextId: () => state.nextId++,
    enforce: async () => {
      save();
      await hypervisor.enforce(state.droplets.flatMap((d) => guarded(state, d)));
    },
  };
  const parts = [catalogRoutes, keyRoutes, tagRoutes, dropletRoutes, actionRoutes, firewallRoutes];
  return {
    prefix: "/v2",
    routes: parts.flatMap((part) => part(cloud)),
    refuse: ({ headers }) => (headers.authorization === `Bearer ${config.token}` ? undefined : unauthorized),
    notFound,
    malformed,
  };
}
