import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { PodAddition } from "../jellyfin";
import { Namespace } from "../../namespace";
import { programText } from "../../program-text";
import { images } from "../../versions";
import { fromPod, objectLabels, Workload, type Identity, type KeyFiles } from "../../workload";
import { profileXml, type DeviceProfile } from "./profile";

export interface DlnaArgs {
    /** Where Jellyfin's pods are. */
    readonly namespace: pulumi.Input<string>;
    /** Address of Jellyfin as televisions reach it: plain http, without a slash at its end. */
    readonly url: string;
    readonly profiles: readonly DeviceProfile[];
}

const RELAY: Identity = { name: "ssdp-relay", app: "ssdp-relay", component: "discovery", partOf: "media" };
const PROFILES_FOLDER = "plugins/configurations/dlna/user";

/**
 * Jellyfin found by old televisions: one small pod that answers their search on the network of its node, and says where the
 * server is. Films go through the ingress like everything else; the server itself stays off the nodes' network. It keeps nothing,
 * so nothing of it is protected.
 */
export class Dlna extends pulumi.ComponentResource {
    /** What Jellyfin's pods get: the profiles of devices. */
    readonly addition: PodAddition;

    constructor(name: string, args: DlnaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:apps:Dlna", name, { url: args.url }, { ...opts, protect: false });
        const profiles = new k8s.core.v1.ConfigMap(
            `${name}-profiles`,
            {
                metadata: { name: "dlna-profiles", namespace: args.namespace, labels: objectLabels(RELAY) },
                data: Object.fromEntries(
                    args.profiles.map((profile) => [`house-${profile.name}.xml`, profileXml(profile)]),
                ),
            },
            { parent: this },
        );
        const volume: KeyFiles = { kind: "config-files", name: "dlna-profiles", objectName: profiles.metadata.name };
        this.addition = {
            folders: [PROFILES_FOLDER],
            mounts: [{ volume, path: `/config/${PROFILES_FOLDER}`, readOnly: true }],
        };
        this.createRelay(name, args.url);
        this.registerOutputs();
    }

    private createRelay(name: string, url: string): void {
        // On the network of its node: what is privileged in the eyes of Kubernetes, and nothing else of it.
        const namespace = new Namespace("ssdp-relay", { podSecurity: "privileged", partOf: "media" }, { parent: this });
        const metadata = { name: RELAY.name, namespace: namespace.name, labels: objectLabels(RELAY) };
        const data = { "relay.cjs": programText("ssdp-relay") };
        const program = new k8s.core.v1.ConfigMap(`${name}-program`, { metadata, data }, { parent: this });
        const volume: KeyFiles = {
            kind: "config-files",
            name: "program",
            objectName: program.metadata.name,
            mode: 0o444,
        };
        new Workload(
            `${name}-relay`,
            {
                identity: RELAY,
                namespace: namespace.name,
                run: { kind: "Deployment", replicas: 1, update: "Recreate" },
                runAs: { user: 1000, group: 1000 },
                weaken: {
                    "host-network": {
                        reason: "televisions search by multicast, which reaches no pod network",
                        owner: "house",
                        until: "2028-12-31",
                    },
                },
                container: {
                    image: images.node,
                    command: ["node", "/program/relay.cjs"],
                    // The pod's address is its node's: the one that the house's network knows.
                    env: { ADDRESS: fromPod("status.podIP"), JELLYFIN_URL: url },
                    resources: { cpu: "20m", memory: { request: "48Mi", limit: "128Mi" } },
                    mounts: [{ volume, path: "/program", readOnly: true }],
                },
            },
            { parent: this },
        );
    }
}
