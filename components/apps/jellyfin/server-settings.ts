import type { Acceleration, IntelAcceleration } from "../../gpu";

/** A value of a setting, as Jellyfin's API and its files have it. */
export type Setting = boolean | number | string | readonly string[];

/** Settings by Jellyfin's own names and in its own files. What is not named stays as people have set it. */
export type ServerSettings = Readonly<Record<"system" | "network" | "encoding", Readonly<Record<string, Setting>>>>;

/** Folders that Jellyfin shows as one. */
export interface MediaLibrary {
    readonly name: string;
    readonly type: "movies" | "tvshows" | "music" | "musicvideos" | "homevideos" | "books";
    /** Absolute, in the library's mount. */
    readonly folders: readonly string[];
}

/** What the house wants of the server. */
export interface ServerWishes {
    /** How it calls itself, to programs that look for it. */
    readonly name: string;
    /** Whether it serves figures at `/metrics`, to whoever reaches its port. */
    readonly metrics: boolean;
    /** Networks whose proxies may say who a client is: that of the pods. Empty: none is known, and nothing is written. */
    readonly proxies: readonly string[];
    /** Networks that count as at home. Empty: none is known, and nothing is written. */
    readonly lan: readonly string[];
    readonly libraries: readonly MediaLibrary[];
    /** Name of the administrator that the house makes. */
    readonly administrator: string;
    /** How an Intel GPU is spoken to; default `vaapi`. */
    readonly acceleration?: IntelAcceleration | undefined;
}

/** The port that probes, Service and route ask. */
export const PORT = 8096;

/** First GPU of a pod. It gets one, so there is no second. */
const RENDER_DEVICE = "/dev/dri/renderD128";

/** What GPUs of the last ten years decode, Intel's since the ninth generation. */
const DECODED = ["h264", "hevc", "mpeg2video", "vc1", "vp8", "vp9"];

function encoding(acceleration: Acceleration | undefined): Readonly<Record<string, Setting>> {
    const common = {
        // Empty: below the pod's own cache. A starting server deletes what it finds there.
        TranscodingTempPath: "",
        HardwareAccelerationType: acceleration ?? "none",
    };
    if (acceleration === undefined) return common;
    return {
        ...common,
        EnableHardwareEncoding: true,
        HardwareDecodingCodecs: DECODED,
        EnableDecodingColorDepth10Hevc: true,
        EnableTonemapping: true,
        ...(acceleration === "nvenc" ? {} : { VaapiDevice: RENDER_DEVICE, QsvDevice: RENDER_DEVICE }),
    };
}

/**
 * The settings of all pods.
 * @param replicas more than one: what works within one pod only is switched off.
 * @param acceleration `undefined`: on the processor.
 */
export function serverSettings(
    wishes: ServerWishes,
    replicas: number,
    acceleration: Acceleration | undefined,
): ServerSettings {
    return {
        system: {
            ServerName: wishes.name,
            EnableMetrics: wishes.metrics,
            // Would take the place of the variable that gives each pod its own.
            CachePath: "",
            // The code is known to the pod that showed it, and the request goes to any.
            ...(replicas > 1 ? { QuickConnectAvailable: false } : {}),
        },
        network: {
            InternalHttpPort: PORT,
            BaseUrl: "",
            // Certificates are the ingress controller's.
            EnableHttps: false,
            RequireHttps: false,
            // Broadcasts of the LAN do not reach a pod.
            AutoDiscovery: false,
            ...(wishes.proxies.length === 0 ? {} : { KnownProxies: wishes.proxies }),
            ...(wishes.lan.length === 0 ? {} : { LocalNetworkSubnets: wishes.lan }),
        },
        encoding: encoding(acceleration),
    };
}
