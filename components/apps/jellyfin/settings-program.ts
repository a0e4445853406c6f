import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { programText } from "../../program-text";
import { objectLabels, type Identity, type KeyFiles } from "../../workload";

const FILE = "settings.cjs";
const FOLDER = "/program";

/** Where the program of `services/jellyfin-settings` lies for the pods that run it. */
export class SettingsProgram extends pulumi.ComponentResource {
    private readonly files: KeyFiles;

    constructor(
        name: string,
        args: { readonly identity: Identity; readonly namespace: pulumi.Input<string> },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("homelab:apps:JellyfinSettingsProgram", name, {}, { ...opts, protect: false });
        const text = new k8s.core.v1.ConfigMap(
            `${name}-text`,
            {
                metadata: {
                    name: `${args.identity.name}-settings`,
                    namespace: args.namespace,
                    labels: objectLabels(args.identity),
                },
                data: { [FILE]: programText("jellyfin-settings") },
            },
            { parent: this },
        );
        this.files = { kind: "config-files", name: "program", objectName: text.metadata.name, mode: 0o444 };
        this.registerOutputs();
    }

    command(task: "prepare" | "apply"): readonly string[] {
        return ["node", `${FOLDER}/${FILE}`, task];
    }

    get mount() {
        return { volume: this.files, path: FOLDER, readOnly: true };
    }
}
