/** Actions: what takes a while, and where one asks how far it is. A droplet has one at a time, and is locked meanwhile. */
import type { Response, Route } from "../http.ts";
import type { Action, CloudState, Droplet } from "../state.ts";
import { get, invalid, notFound, ok, page } from "./answers.ts";
import type { Cloud } from "./cloud.ts";

/** Begins an action. It is kept in progress until `work` settles; what went wrong is for the daemon's own log. */
export function begin(cloud: Cloud, type: string, droplet: Droplet, work: () => Promise<void>): Action {
  const action: Action = {
    id: cloud.nextId(),
    type,
    resourceId: droplet.id,
    region: droplet.region,
    startedAt: new Date().toISOString(),
    status: "in-progress",
  };
  const finish = (status: "completed" | "errored") => {
    action.status = status;
    action.completedAt = new Date().toISOString();
    cloud.save();
  };
  cloud.state.actions.push(action);
  cloud.save();
  void work().then(
    () => finish("completed"),
    (error: unknown) => {
      console.error(`droplet ${droplet.id}: ${type}: ${String(error)}`);
      finish("errored");
    },
  );
  return action;
}

export const isLocked = (state: CloudState, { id }: Droplet): boolean =>
  state.actions.some((a) => a.resourceId === id && a.status === "in-progress");

/** The answer for somebody who wants something of a locked droplet. */
export const locked: Response = invalid("Droplet already has a pending event.");

export const actionRoutes = ({ state }: Cloud): Route[] => [
  get(/^\/droplets\/(?<droplet>\d+)\/actions$/, (r) =>
    page(r, "actions", state.actions.filter((a) => String(a.resourceId) === r.path.droplet).map(actionJson)),
  ),
  get(/^\/(?:droplets\/(?<droplet>\d+)\/)?actions\/(?<id>\d+)$/, ({ path }) => {
    const found = state.actions.find((a) => String(a.id) === path.id);
    const asked = path.droplet === undefined || path.droplet === String(found?.resourceId);
    return found && asked ? ok({ action: actionJson(found) }) : notFound;
  }),
];

export const actionJson = (a: Action) => ({
  id: a.id,
  status: a.status,
  type: a.type,
  started_at: a.startedAt,
  completed_at: a.completedAt ?? null,
  resource_id: a.resourceId,
  resource_type: "droplet",
  region_slug: a.region,
});
