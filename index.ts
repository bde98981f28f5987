/** The whole stack: configuration -> standby -> outputs. */
import { primaryChecklist } from "./infra/checklist.ts";
import { readSettings } from "./infra/read-settings.ts";
import { Standby } from "./infra/standby.ts";

const settings = readSettings();
const standby = new Standby("standby", settings);

export const tailnetAddress = standby.tailnetAddress;
export const tailnetName = standby.tailnetName;
export const publicAddress = standby.publicAddress;
export const monthlyCostUsd = standby.monthlyCost;
export const sshCommand = standby.sshCommand;
export const sshPrivateKey = standby.sshPrivateKey;
export const sshHostKey = standby.sshHostKey;
export const gatewayToken = standby.gatewayToken;
export const onThePrimary = primaryChecklist(settings);
