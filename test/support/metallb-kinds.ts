import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { charts } from "../../components/versions";
import type { KubeClient, KubeObject } from "../../lab/kube/client";
import { labPaths } from "../../lab/paths";
import { ensure } from "../../lab/toolchain/ensure";
import type { ToolSpec } from "../../lab/toolchain/tools";
import { eventually } from "./eventually";
import type { Paths } from "./kube-objects";

/** The definitions of the kinds that the program makes, out of the module of the version that is pinned. */
const definitions = ["metallb.io_ipaddresspools", "metallb.io_l2advertisements"].map((name): ToolSpec => {
    const sum = "h1:iVtjCslcUFMOEvuNeAyW2ygZxyW+6YjnNcEuCTOZezc=";
    const path = `config/crd/bases/${name}.yaml`;
    const source = { kind: "file", module: "go.universe.tf/metallb", path, sum } as const;
    return {
        name: name.replaceAll(/[._]/g, "-"),
        version: charts.metalLb.version,
        artefact: `${name}.yaml`,
        source,
    };
});

/** Installs the kinds of MetalLB with their real schemas; the first time, they are fetched. */
export async function installMetalLbKinds(client: KubeClient, paths: Paths): Promise<void> {
    const { cache } = labPaths(resolve(__dirname, "..", ".."));
    for (const path of (await ensure(definitions, { cache, env: process.env })).values()) {
        const object = parse(readFileSync(path, "utf8")) as KubeObject;
        await client.apply(await paths.of(object), object, "test");
    }
    await eventually("metallb.io/v1beta1 is served", () => client.find("/apis/metallb.io/v1beta1"));
}
