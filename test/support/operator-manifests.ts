import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { KubeObject } from "../../lab/kube/client";
import { labPaths } from "../../lab/paths";
import { catalogue } from "../../lab/toolchain/catalogue";
import { ensure } from "../../lab/toolchain/ensure";

/** Puts the manifests of the operators' releases where the stand-ins of their charts look; the first time, they are fetched. */
export async function ensureOperatorManifests(): Promise<string> {
    const { cache } = labPaths(resolve(__dirname, "..", ".."));
    const spec = catalogue()["cloudnative-pg-manifests"];
    return (await ensure([spec], { cache, env: process.env })).get(spec.name) ?? "";
}

/** The definitions of CloudNativePG's kinds, as its release has them. */
export async function cnpgDefinitions(): Promise<readonly KubeObject[]> {
    const list = JSON.parse(readFileSync(await ensureOperatorManifests(), "utf8")) as KubeObject[];
    return list.filter(({ kind }) => kind === "CustomResourceDefinition");
}
