import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import type { KubeClient, KubeObject } from "../../lab/kube/client";
import { labPaths } from "../../lab/paths";
import { ensure } from "../../lab/toolchain/ensure";
import type { ToolSpec } from "../../lab/toolchain/tools";
import { eventually } from "./eventually";
import type { Paths } from "./kube-objects";

const operator = {
    ...{ module: "github.com/cloudnative-pg/cloudnative-pg", version: "1.30.0" },
    sum: "h1:fnhVq44xXx97MNiuvJsPrX1vSjYbgdyBK5MSGfdHdp0=",
};
const plugin = {
    ...{ module: "github.com/cloudnative-pg/plugin-barman-cloud", version: "0.15.0" },
    sum: "h1:gNVytrzzYUE08wxLDrjfJqy1FPPSFkMe1OEr4s4pVI0=",
};

/** The definitions of the kinds that the program makes, out of the modules of operator and plugin. */
const definitions: readonly ToolSpec[] = [
    definition(operator, "postgresql.cnpg.io_clusters"),
    definition(operator, "postgresql.cnpg.io_databases"),
    definition(operator, "postgresql.cnpg.io_databaseroles"),
    definition(operator, "postgresql.cnpg.io_scheduledbackups"),
    definition(plugin, "barmancloud.cnpg.io_objectstores"),
];

function definition({ module, version, sum }: typeof operator, name: string): ToolSpec {
    const source = { kind: "file", module, path: `config/crd/bases/${name}.yaml`, sum } as const;
    return { name: name.replaceAll(/[._]/g, "-"), version, artefact: `${name}.yaml`, source };
}

/** Installs the kinds of CloudNativePG with their real schemas; the first time, they are fetched. */
export async function installCnpgKinds(client: KubeClient, paths: Paths): Promise<void> {
    const { cache } = labPaths(resolve(__dirname, "..", ".."));
    for (const path of (await ensure(definitions, { cache, env: process.env })).values()) {
        const object = parse(readFileSync(path, "utf8")) as KubeObject;
        await client.apply(await paths.of(object), object, "test");
    }
    for (const group of ["postgresql.cnpg.io", "barmancloud.cnpg.io"]) {
        await eventually(`${group}/v1 is served`, () => client.find(`/apis/${group}/v1`));
    }
}
