import type * as pulumi from "@pulumi/pulumi";
import type { Database, Redis } from "../../data";
import type { Graphics } from "../../gpu";
import type { Audience, Ingress } from "../../ingress";
import type { BlockVolumes, Library, SharedVolumes } from "../../storage";

export interface JellyfinArgs {
    readonly namespace: pulumi.Input<string>;
    /** An image of the house's own, in place of the public one, and what it is pulled with. */
    readonly image?:
        { readonly reference: pulumi.Input<string>; readonly pullSecret: pulumi.Input<string> } | undefined;
    /** Pods, each on another host. */
    readonly replicas: number;
    /** Name under which it answers. */
    readonly host: string;
    readonly database: Database;
    /** Used by images that share state through Redis only; the default image does not. */
    readonly cache?: Redis | undefined;
    readonly library: Library;
    readonly block: BlockVolumes;
    readonly files: SharedVolumes;
    /** What each pod transcodes on. */
    readonly graphics: Graphics;
    readonly ingress: Ingress;
    /** Default `internal`. */
    readonly audience?: Audience;
    /** Whether it answers to plain http too; default: that leads to https. */
    readonly plainHttp?: boolean;
    /** Disks of each pod, Kubernetes quantities. */
    readonly sizes: { readonly transcode: string; readonly cache: string };
}
