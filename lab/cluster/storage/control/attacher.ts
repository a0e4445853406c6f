import { createHash } from "node:crypto";
import { KubeError, type KubeClient, type KubeObject } from "../../../kube/client";
import { isReady } from "../annotations";
import { listOf, PATHS, type Attachment, type Node, type Volume } from "./objects";

export interface AttacherOptions {
    readonly client: KubeClient;
    /** Whether a driver's controller pod is ready. */
    readonly drives: (driver: string) => boolean;
}

/** Keeps an attachment, and its volume, until the driver has let go (`kubernetes-csi/external-attacher`). */
export function attacherFinalizer(driver: string): string {
    return `external-attacher/${driver.replace(/[^A-Za-z0-9-]/g, "-")}`;
}

/** What the external attacher and a block driver's controller do: a volume is on one node at a time. */
export class Attacher {
    /** One after the other, or two nodes would be given the same volume. */
    private turn: Promise<void> = Promise.resolve();
    private readonly refused = new Set<string>();

    constructor(private readonly options: AttacherOptions) {}

    /** Whether an attachment waits for something that its own changes do not tell. */
    get waits(): boolean {
        return this.refused.size > 0;
    }

    /** Brings an attachment, and whoever waits for the same volume, to where it should be. */
    note(attachment: Attachment): Promise<void> {
        return this.inTurn(() => this.bring(attachment));
    }

    /** An attachment is gone. */
    async gone(attachment: Attachment): Promise<void> {
        this.refused.delete(attachment.metadata.uid ?? "");
        await this.again();
        const volume = await this.volumeOf(attachment);
        if (volume) await this.release(volume);
    }

    /** Looks at all attachments again. */
    async again(): Promise<void> {
        for (const attachment of await listOf<Attachment>(this.options.client, PATHS.attachments))
            await this.note(attachment);
    }

    /** Lets a volume go that is being deleted and that no attachment needs. */
    async release(volume: Volume): Promise<void> {
        const { csi } = volume.spec;
        if (volume.metadata.deletionTimestamp === undefined || !csi) return;
        const attachments = await listOf<Attachment>(this.options.client, PATHS.attachments);
        if (attachments.some(({ spec }) => spec.source.persistentVolumeName === volume.metadata.name)) return;
        await this.dropFinalizer(`${PATHS.volumes}/${volume.metadata.name ?? ""}`, volume, csi.driver);
    }

    private async bring(attachment: Attachment): Promise<void> {
        if (!this.options.drives(attachment.spec.attacher)) return;
        const uid = attachment.metadata.uid ?? "";
        const leaving = attachment.metadata.deletionTimestamp !== undefined;
        try {
            const fault = leaving ? await this.detach(attachment) : await this.attach(attachment);
            if (fault === undefined) this.refused.delete(uid);
            else {
                this.refused.add(uid);
                await this.tell(attachment, leaving ? "detachError" : "attachError", fault);
            }
        } catch (error) {
            // Gone or changed meanwhile: the watch tells.
            if (!(error instanceof KubeError && (error.status === 404 || error.status === 409))) throw error;
            this.refused.delete(uid);
        }
    }

    /** @returns why it cannot be. */
    private async attach(attachment: Attachment): Promise<string | undefined> {
        if (attachment.status?.attached) return undefined;
        const { attacher, nodeName } = attachment.spec;
        const volume = await this.volumeOf(attachment);
        if (!volume?.spec.csi) return `persistentvolume "${volumeName(attachment)}" not found`;
        if (volume.metadata.deletionTimestamp !== undefined)
            return `PersistentVolume "${volumeName(attachment)}" is marked for deletion`;
        const path = `${PATHS.attachments}/${attachment.metadata.name ?? ""}`;
        await this.addFinalizer(`${PATHS.volumes}/${volumeName(attachment)}`, volume, attacher);
        const holder = await this.holder(attachment, volume);
        if (holder !== undefined) {
            const handle = volume.spec.csi.volumeHandle;
            return (
                `rpc error: code = Internal desc = volume ${handle} failed to attach to node ${nodeName} with attachmentID ` +
                `${attachmentId(handle, attacher, nodeName)}: the volume is currently attached to different node ${holder}`
            );
        }
        await this.addFinalizer(path, attachment, attacher);
        await this.patch(`${path}/status`, { status: { attached: true, attachError: null, detachError: null } });
        return undefined;
    }

    /** The other node that has the volume, where one node at a time may. */
    private async holder(attachment: Attachment, volume: Volume): Promise<string | undefined> {
        if (volume.spec.accessModes?.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany"))
            return undefined;
        const finalizer = attacherFinalizer(attachment.spec.attacher);
        return (await listOf<Attachment>(this.options.client, PATHS.attachments)).find(
            ({ spec, metadata, status }) =>
                spec.source.persistentVolumeName === volume.metadata.name &&
                spec.nodeName !== attachment.spec.nodeName &&
                (metadata.finalizers?.includes(finalizer) || status?.attached),
        )?.spec.nodeName;
    }

    /**
     * A node that is there must have unmounted the volume; of one that is down or gone Longhorn takes it away.
     * @returns why it cannot be.
     */
    private async detach(attachment: Attachment): Promise<string | undefined> {
        const { attacher, nodeName } = attachment.spec;
        if (!attachment.metadata.finalizers?.includes(attacherFinalizer(attacher))) return undefined;
        const node = await this.options.client.find<Node>(`${PATHS.nodes}/${nodeName}`);
        const handle = (await this.volumeOf(attachment))?.spec.csi?.volumeHandle;
        if (
            node &&
            isReady(node) &&
            node.status?.volumesInUse?.includes(`kubernetes.io/csi/${attacher}^${handle ?? ""}`)
        )
            return `rpc error: code = DeadlineExceeded desc = Failed to detach volume ${handle ?? ""} from node ${nodeName}`;
        const path = `${PATHS.attachments}/${attachment.metadata.name ?? ""}`;
        await this.patch(`${path}/status`, { status: { attached: false, detachError: null } });
        await this.dropFinalizer(path, attachment, attacher);
        return undefined;
    }

    private async tell(attachment: Attachment, field: "attachError" | "detachError", message: string): Promise<void> {
        if (attachment.status?.[field]?.message === message) return;
        const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
        const path = `${PATHS.attachments}/${attachment.metadata.name ?? ""}/status`;
        await this.patch(path, { status: { [field]: { message, time } } });
    }

    private async volumeOf(attachment: Attachment): Promise<Volume | undefined> {
        return this.options.client.find<Volume>(`${PATHS.volumes}/${volumeName(attachment)}`);
    }

    private async addFinalizer(path: string, object: KubeObject, driver: string): Promise<void> {
        const { finalizers = [], resourceVersion } = object.metadata;
        const finalizer = attacherFinalizer(driver);
        if (finalizers.includes(finalizer)) return;
        await this.patch(path, { metadata: { finalizers: [...finalizers, finalizer], resourceVersion } });
    }

    private async dropFinalizer(path: string, object: KubeObject, driver: string): Promise<void> {
        const finalizer = attacherFinalizer(driver);
        const now = await this.options.client.find(path);
        const finalizers = now?.metadata.finalizers ?? [];
        if (now?.metadata.uid !== object.metadata.uid || !finalizers.includes(finalizer)) return;
        const left = finalizers.filter((one) => one !== finalizer);
        await this.patch(path, { metadata: { finalizers: left, resourceVersion: now?.metadata.resourceVersion } });
    }

    private async patch(path: string, body: unknown): Promise<void> {
        await this.options.client.request("PATCH", path, { contentType: "application/merge-patch+json", body });
    }

    private inTurn(work: () => Promise<void>): Promise<void> {
        const next = this.turn.then(work);
        this.turn = next.catch(() => undefined);
        return next;
    }
}

function volumeName(attachment: Attachment): string {
    return attachment.spec.source.persistentVolumeName ?? "";
}

/** Longhorn names a ticket as Kubernetes names the attachment. */
function attachmentId(handle: string, driver: string, nodeName: string): string {
    return `csi-${createHash("sha256").update(`${handle}${driver}${nodeName}`).digest("hex")}`;
}
