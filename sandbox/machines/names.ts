import { join } from "node:path";
import { cacheDir, stateDir } from "../paths.ts";

/** Names that the sandbox gives to what it makes in the kernel; the sweep finds everything by them. */
export const bridge = "ocsbr0";
export const namespacePrefix = "ocs-";
export const cgroupName = "openclaw-sandbox";
export const nftTable = "ocs";

/** The bridge's own address: the host, as the machines see it. */
export const hostIpv4 = "198.51.100.1";
export const prefixLength = 24;
export const network = "198.51.100.0/24";
/** Where every cloud answers its machines. */
export const metadataIpv4 = "169.254.169.254";

export const imagesDir = join(cacheDir, "images");
export const machinesDir = join(stateDir, "machines");
export const machineDir = (name: string): string => join(machinesDir, name);
export const namespace = (name: string): string => namespacePrefix + name;
/** The machine's port on the bridge. A device name has at most 15 characters. */
export const bridgePort = (name: string): string => namespacePrefix + name;
