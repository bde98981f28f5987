import { isObject, type Rule } from "../resource.ts";

/** Every SSH connection knows whom it talks to, the hop before it too: secrets go over it. */
export const hostKeyPinned: Rule = ({ type, props }) => {
  if (!type.startsWith("command:remote:")) return [];
  const { connection } = props;
  if (!isObject(connection)) return [];
  return Object.entries({ connection, "connection.proxy": connection.proxy })
    .filter(([, hop]) => isObject(hop) && !hop.hostKey)
    .map(([path]) => `${path} takes any host key, so also that of a machine in the middle; set ${path}.hostKey`);
};
