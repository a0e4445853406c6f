import * as k8s from "@pulumi/kubernetes";
import { network } from "./network";
import { pods } from "./pods";
import { storage } from "./storage";

/** Every mistake of the inventory that can be written. */
export const mistakes = [...network, ...storage, ...pods];

/** The program of somebody who has learned nothing: all of them at once. */
export function writeAll(): void {
    const provider = new k8s.Provider("house", { kubeconfig: "{}" });
    for (const { make } of mistakes) make({ provider });
}
