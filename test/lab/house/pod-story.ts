import type { KubeClient, KubeObject } from "../../../lab/kube/client";
import { hasCondition, imageOf } from "./cluster-view";

const PODS = "/api/v1/namespaces/jellyfin/pods";
const OURS = { labelSelector: "app.kubernetes.io/instance=jellyfin" };

/** What becomes of the pods of Jellyfin from a moment on, in order. */
export class PodStory {
    /** Lines such as `jellyfin-1 is gone`, `jellyfin-1 comes with 10.11.11-1` (the tag of its image), `jellyfin-1 is ready`. */
    readonly lines: string[] = [];
    private readonly ready = new Set<string>();
    private readonly stop = new AbortController();

    private constructor(pods: readonly KubeObject[]) {
        for (const pod of pods) if (hasCondition(pod, "Ready")) this.ready.add(pod.metadata.name ?? "");
    }

    /** Begins with the pods that there are. */
    static async begin(kube: KubeClient): Promise<PodStory> {
        const list = await kube.get<KubeObject & { items: KubeObject[] }>(PODS, { query: OURS });
        const story = new PodStory(list.items);
        void story.follow(kube, list.metadata.resourceVersion);
        return story;
    }

    end(): readonly string[] {
        this.stop.abort();
        return this.lines;
    }

    private async follow(kube: KubeClient, from: string | undefined): Promise<void> {
        try {
            for await (const { type, object } of kube.watch(PODS, from, this.stop.signal, OURS))
                if (type !== "BOOKMARK") this.note(type, object);
        } catch (error) {
            // A line that no test expects.
            this.lines.push(`the watch ended: ${String(error)}`);
        }
    }

    private note(type: "ADDED" | "MODIFIED" | "DELETED", pod: KubeObject): void {
        const name = pod.metadata.name ?? "";
        const isReady = hasCondition(pod, "Ready");
        if (type === "DELETED") {
            this.ready.delete(name);
            this.lines.push(`${name} is gone`);
        } else if (type === "ADDED") {
            this.lines.push(`${name} comes with ${imageOf(pod, "jellyfin").split(":").at(-1) ?? ""}`);
        } else if (isReady && !this.ready.has(name)) {
            this.ready.add(name);
            this.lines.push(`${name} is ready`);
        }
    }
}
