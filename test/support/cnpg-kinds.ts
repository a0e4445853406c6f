import type { KubeClient } from "../../lab/kube/client";
import { eventually } from "./eventually";
import type { Paths } from "./kube-objects";
import { cnpgDefinitions } from "./operator-manifests";

/** Installs the kinds of CloudNativePG and of its plugin for archives with their real schemas; the first time, they are fetched. */
export async function installCnpgKinds(client: KubeClient, paths: Paths): Promise<void> {
    for (const object of await cnpgDefinitions()) await client.apply(await paths.of(object), object, "test");
    for (const group of ["postgresql.cnpg.io", "barmancloud.cnpg.io"]) {
        await eventually(`${group}/v1 is served`, () => client.find(`/apis/${group}/v1`));
    }
}
