import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import type { KubeClient, KubeObject } from "../../lab/kube/client";
import { labPaths } from "../../lab/paths";
import { ensure } from "../../lab/toolchain/ensure";
import type { ToolSpec } from "../../lab/toolchain/tools";
import { eventually } from "./eventually";
import type { Paths } from "./kube-objects";
import { cnpgDefinitions } from "./operator-manifests";

/** The definition of the plugin's kind, out of its module. */
const objectStore: ToolSpec = {
    name: "barmancloud-cnpg-io-objectstores",
    version: "0.15.0",
    artefact: "barmancloud.cnpg.io_objectstores.yaml",
    source: {
        kind: "file",
        module: "github.com/cloudnative-pg/plugin-barman-cloud",
        path: "config/crd/bases/barmancloud.cnpg.io_objectstores.yaml",
        sum: "h1:gNVytrzzYUE08wxLDrjfJqy1FPPSFkMe1OEr4s4pVI0=",
    },
};

/** Installs the kinds of CloudNativePG and its plugin with their real schemas; the first time, they are fetched. */
export async function installCnpgKinds(client: KubeClient, paths: Paths): Promise<void> {
    const { cache } = labPaths(resolve(__dirname, "..", ".."));
    const plugin = [...(await ensure([objectStore], { cache, env: process.env })).values()];
    const ofPlugin = plugin.map((path) => parse(readFileSync(path, "utf8")) as KubeObject);
    for (const object of [...(await cnpgDefinitions()), ...ofPlugin])
        await client.apply(await paths.of(object), object, "test");
    for (const group of ["postgresql.cnpg.io", "barmancloud.cnpg.io"]) {
        await eventually(`${group}/v1 is served`, () => client.find(`/apis/${group}/v1`));
    }
}
