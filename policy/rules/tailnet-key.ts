import { list, type Rule } from "../resource.ts";

const longestSeconds = 3600;

/** A tailnet key lets one machine in, soon, under its tags: user data can be read for as long as the machine lives. */
export const tailnetKey: Rule = ({ type, props }) => {
  if (type !== "tailscale:index/tailnetKey:TailnetKey") return [];
  const { reusable, ephemeral, tags, expiry } = props;
  return [
    ...(reusable ? ["it can be used again and again; set reusable to false"] : []),
    ...(ephemeral
      ? ["its device leaves the tailnet whenever the machine is off for a while; set ephemeral to false"]
      : []),
    ...(list(tags).length === 0
      ? ["it has no tags: the device would be its owner's, with all of the owner's rights"]
      : []),
    ...(typeof expiry === "number" && expiry <= longestSeconds
      ? []
      : [
          `it works for ${expiry === undefined ? "90 days" : `${String(expiry)} s`}; set expiry to ${longestSeconds} s or less`,
        ]),
  ];
};
