import type * as pulumi from "@pulumi/pulumi";
import type { Database, Redis } from "../../data";
import type { Graphics } from "../../gpu";
import type { Audience, Ingress } from "../../ingress";
import type { BlockVolumes, Library, SharedVolumes } from "../../storage";
import type { Admitted } from "../../workload";
import type { PodAddition } from "./addition";
import type { ServerWishes } from "./server-settings";

export interface JellyfinArgs {
    readonly namespace: pulumi.Input<string>;
    /** An image in place of the pinned one, the release of Jellyfin in it, and what it is pulled with where a registry asks. */
    readonly image?:
        | {
              readonly reference: pulumi.Input<string>;
              readonly release: string;
              readonly pullSecret?: pulumi.Input<string> | undefined;
          }
        | undefined;
    /** Pods, each on another host. */
    readonly replicas: number;
    /** Whether only the last pod gets what is new. Default false. */
    readonly canary?: boolean;
    /** Release that is left behind for one with other tables, with one replica. Left out, no pod starts such a release. */
    readonly upgradeFrom?: string | undefined;
    /** What a pod reserves and, of memory, may take at most: half of it is reserved. */
    readonly resources: { readonly cpuMillicores: number; readonly memoryMiB: number };
    /** What the house wants of the server itself. */
    readonly server: ServerWishes;
    /** Name under which it answers. */
    readonly host: string;
    readonly database: Database;
    /** For images that share state through it; the default image does not, and is told of it in vain. */
    readonly cache?: Redis | undefined;
    readonly library: Library;
    readonly block: BlockVolumes;
    readonly files: SharedVolumes;
    /** What each pod transcodes on. */
    readonly graphics: Graphics;
    readonly ingress: Ingress;
    /** What must be ready before its pods start, besides what it is given here. */
    readonly after?: readonly pulumi.Resource[];
    /** Default `internal`. */
    readonly audience?: Audience;
    /** Whether it answers to plain http too; default: that leads to https. */
    readonly plainHttp?: boolean;
    /** Pods that read its figures; default: nobody. Its one port also serves all the rest, which asks for a login. */
    readonly scrapers?: readonly Admitted[];
    /** Disks of each pod, Kubernetes quantities. */
    readonly sizes: { readonly transcode: string; readonly cache: string };
    /** What other parts put into its pods; default: nothing. */
    readonly additions?: readonly PodAddition[];
}
