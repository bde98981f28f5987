import { openCidr } from "../../infra/formats.ts";
import { isObject, list, type Rule } from "../resource.ts";

/**
 * No port of a firewall is open to the whole world.
 * @param sshOpenToWorld the owner has said that SSH may be, as with the configuration key of that name. It is an excuse
 *   for TCP port 22, and for nothing else.
 */
export const openToTheWorld =
  (sshOpenToWorld: boolean): Rule =>
  ({ type, props }) => {
    if (type !== "digitalocean:index/firewall:Firewall") return [];
    return list(props.inboundRules)
      .filter(isObject)
      .filter(({ protocol, portRange }) => !(sshOpenToWorld && protocol === "tcp" && portRange === "22"))
      .flatMap(({ protocol, portRange, sourceAddresses }) =>
        list(sourceAddresses)
          .filter((source) => openCidr(String(source)))
          .map(
            (source) =>
              `${String(protocol)} ${String(portRange ?? "")} is open to ${String(source)}; name your own addresses in sshAllowFrom, or leave it empty and come over the tailnet`,
          ),
      );
  };
