import { metalLb } from "../../lab/charts/metallb";
import type { KubeClient } from "../../lab/kube/client";
import { eventually } from "./eventually";
import type { Paths } from "./kube-objects";
import { ensureOperatorManifests } from "./operator-manifests";

/** Installs the kinds of MetalLB, out of the module of the version that is pinned; the first time, they are fetched. */
export async function installMetalLbKinds(client: KubeClient, paths: Paths): Promise<void> {
    await ensureOperatorManifests();
    const { crds } = metalLb.render({ name: "metallb", namespace: "default", values: {} });
    for (const definition of crds) await client.apply(await paths.of(definition), definition, "test");
    await eventually("metallb.io/v1beta1 is served", () => client.find("/apis/metallb.io/v1beta1"));
}
