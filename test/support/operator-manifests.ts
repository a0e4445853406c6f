import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { KubeObject } from "../../lab/kube/client";
import { operators } from "../../lab/operators";
import { labPaths } from "../../lab/paths";
import { catalogue } from "../../lab/toolchain/catalogue";
import { ensure } from "../../lab/toolchain/ensure";
import { toolsOfOperator } from "../../lab/toolchain/operator-catalogue";

/** Puts the manifests of the operators' releases where the stand-ins of their charts look; the first time, they are fetched. */
export async function ensureOperatorManifests(): Promise<ReadonlyMap<string, string>> {
    const { cache } = labPaths(resolve(__dirname, "..", ".."));
    const specs = catalogue();
    const wanted = operators.flatMap((operator) => toolsOfOperator(operator, "simulated")).map((name) => specs[name]);
    return ensure(wanted, { cache, env: process.env });
}

/** The definitions of CloudNativePG's kinds and of its plugin's, as their releases have them. */
export async function cnpgDefinitions(): Promise<readonly KubeObject[]> {
    const found = await ensureOperatorManifests();
    const paths = ["cloudnative-pg-manifests", "plugin-barman-cloud-manifests"].map((name) => found.get(name) ?? "");
    const lists = paths.map((path) => JSON.parse(readFileSync(path, "utf8")) as KubeObject[]);
    return lists.flat().filter(({ kind }) => kind === "CustomResourceDefinition");
}
