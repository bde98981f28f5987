/** The hash of the source that this program was made from: `bundle.ts` puts it in the place of this name. */
declare const monitorSource: string | undefined;

/** Names the build; a monitor that runs from its sources has none. */
export const source = typeof monitorSource === "string" ? monitorSource : "unbundled";
