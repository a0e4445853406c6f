import * as pulumi from "@pulumi/pulumi";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import type { Host } from "../inventory";

/** A cloud image, pinned by its checksum. */
export interface GuestImage {
    readonly url: string;
    readonly checksum: string;
    readonly checksumAlgorithm: "sha256" | "sha512";
}

/** File name on the datastore. Proxmox imports only names that end in `.qcow2`. */
export function imageFileName(url: string): string {
    const name = new URL(url).pathname.split("/").pop() ?? "";
    return name.replace(/\.img$/, ".qcow2");
}

/** The cloud image on one host: local datastores are not shared, so each host downloads it once. */
export class HostImage extends pulumi.ComponentResource {
    /**
     * Volume id, `local:import/<file>`. Written out, not taken from the download: a machine's disk is a copy that is
     * made once, so a newer image must not reach the machines that exist.
     */
    readonly volumeId: string;
    /** What a machine waits for. */
    readonly file: proxmox.download.File;

    constructor(
        name: string,
        args: { readonly host: Host; readonly image: GuestImage },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        const { host, image } = args;
        super("homelab:proxmox:HostImage", name, { host: host.name, url: image.url }, opts);
        const fileName = imageFileName(image.url);
        this.volumeId = `${host.datastores.files}:import/${fileName}`;
        this.file = new proxmox.download.File(
            `${name}-file`,
            {
                nodeName: host.name,
                datastoreId: host.datastores.files,
                contentType: "import",
                url: image.url,
                fileName,
                checksum: image.checksum,
                checksumAlgorithm: image.checksumAlgorithm,
                // The file at a dated address never changes; looking again would only replace it when the server is odd.
                overwrite: false,
                uploadTimeout: 1800,
            },
            // The same name cannot be there twice.
            { parent: this, deleteBeforeReplace: true },
        );
        this.registerOutputs({ volumeId: this.volumeId });
    }
}
