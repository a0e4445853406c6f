/** A user that programs of an image run as; made before the packages, which then keep its numbers. */
export interface ImageUser {
    readonly name: string;
    readonly id: number;
    readonly home: string;
}

/** Packages of Debian on top of another layer of that kind, or on nothing. */
export interface DebianLayer {
    readonly kind: "debian";
    /** Short word for the cache's folder and for messages. */
    readonly name: string;
    /** What it is laid over; without it, it holds the whole system. */
    readonly base?: DebianLayer;
    readonly packages: readonly string[];
    /** Paths that dpkg does not unpack, as globs; what all leave out is added. Default: none. */
    readonly without?: readonly string[];
    readonly users?: readonly ImageUser[];
    /** Files, by absolute path, that are there before the packages are configured. */
    readonly files?: Readonly<Record<string, string>>;
}

/** What the lab builds or finds and puts into images. */
export const imageTools = ["coredns", "traefik", "metrics-server", "ffmpeg", "idle"] as const;
/** The same for images of an operator: there only where a house has it. */
type OperatorImageTool = "cnpg-manager" | "plugin-barman-cloud" | "metallb-controller" | "metallb-speaker";
export type ImageTool = (typeof imageTools)[number] | OperatorImageTool;
/** What every lab with real machines has built. */
export type CommonImageTool = Exclude<ImageTool, OperatorImageTool>;

/** Where the bytes of a file come from. */
export type FileSource =
    | { readonly from: "text"; readonly text: string }
    | { readonly from: "tool"; readonly tool: ImageTool }
    /** A file below `lab/images/programs/`. */
    | { readonly from: "program"; readonly path: string }
    /** A TypeScript program below `lab/images/programs/`, with all that it imports in one file. */
    | { readonly from: "bundle"; readonly entry: string }
    /** The Node.js of the npm package `node`. */
    | { readonly from: "node" }
    /** A file of the lab's guest system, by its absolute path there. */
    | { readonly from: "guest"; readonly path: string };

interface Placed {
    /** Absolute. Folders above it that no layer has belong to root, with mode 0755. */
    readonly path: string;
    /** Default 0644 for a file, 0755 for a folder. */
    readonly mode?: number;
    /** User and group id; default 0. */
    readonly owner?: number;
}

export type PlacedEntry =
    | (Placed & { readonly kind: "file"; readonly source: FileSource })
    | (Placed & { readonly kind: "folder" })
    | (Placed & { readonly kind: "link"; readonly target: string });

/** Files that are put where an image wants them. */
export interface FilesLayer {
    readonly kind: "files";
    readonly entries: readonly PlacedEntry[];
}

export type LayerRecipe = DebianLayer | FilesLayer;

/** How a container of an image runs when its pod says nothing else. */
export interface ImageDefaults {
    readonly entrypoint?: readonly string[];
    readonly command?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    /** `user` or `user:group`, names or numbers. Default: root. */
    readonly user?: string;
    readonly workingFolder?: string;
    /** What a runtime asks a container to end with; default SIGTERM. */
    readonly stopSignal?: "SIGINT" | "SIGQUIT";
}

export interface ImageRecipe extends ImageDefaults {
    /** `registry/repository:tag` or `...@sha256:...`, exactly as the house or a chart asks for it. */
    readonly reference: string;
    /** One sentence: what runs in it. */
    readonly about: string;
    /** Whether another program runs in it than its name says. */
    readonly standIn: boolean;
    readonly layers: readonly LayerRecipe[];
}

/** On images that are stand-ins. */
export const STAND_IN_LABEL = "lab.homelab/stand-in";

/**
 * The name under which containerd keeps an image: registry and `library/` spelt out, the tag `latest` when there is
 * none, and no tag beside a digest (as `github.com/distribution/reference` and the CRI do).
 */
export function storedName(reference: string): string {
    const [path = "", digest] = reference.split("@");
    const slash = path.indexOf("/");
    const first = path.slice(0, Math.max(slash, 0));
    const hasRegistry = /[.:]/.test(first) || first === "localhost";
    const full = hasRegistry ? path : `docker.io/${slash === -1 ? "library/" : ""}${path}`;
    const tag = full.lastIndexOf(":");
    const isTagged = tag > full.lastIndexOf("/");
    if (digest !== undefined) return `${isTagged ? full.slice(0, tag) : full}@${digest}`;
    return isTagged ? full : `${full}:latest`;
}
