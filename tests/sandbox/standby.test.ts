/**
 * A standby that `pulumi up` has made, looked at by hand: what an owner, and a stranger, would find, and what it does when
 * the primary is hurt. Needs root. One machine for all of it, in this order.
 */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { sandbox } from "./command.ts";
import { changes } from "./standby/changes.ts";
import { destroy } from "./standby/destroy.ts";
import { doors } from "./standby/doors.ts";
import { failovers } from "./standby/failovers.ts";
import { leaves } from "./standby/leaves.ts";
import { minutes } from "./standby/on.ts";
import { secrets } from "./standby/secrets.ts";
import { verbs } from "./standby/verbs.ts";

beforeAll(async () => {
  const up = await sandbox("up");
  expect(up.exitCode, up.all).toBe(0);
}, 40 * minutes);
afterAll(async () => {
  await sandbox("destroy");
}, 3 * minutes);

describe("what pulumi up leaves", leaves);
describe("who gets in", doors);
describe("secrets", secrets);
describe("the verbs of the sandbox", verbs);
describe("when the primary is hurt", failovers);
describe("a change of configuration", changes);
describe("pulumi destroy with the plug of the VPS pulled", destroy);
