export type Setting = boolean | number | string | readonly string[];

export type Settings = Readonly<Record<string, Setting>>;

/** The files that the API reads and writes, without `.xml`. */
export type SettingsFile = "system" | "network" | "encoding";

/** Root elements of the files. */
export const roots: Readonly<Record<SettingsFile, string>> = {
    system: "ServerConfiguration",
    network: "NetworkConfiguration",
    encoding: "EncodingOptions",
};

/** Of the real server's settings those that a house may want, with the server's defaults. */
export const defaults: Readonly<Record<SettingsFile, Settings>> = {
    system: {
        IsStartupWizardCompleted: false,
        QuickConnectAvailable: true,
        EnableMetrics: false,
        ServerName: "",
        CachePath: "",
        MetadataPath: "",
        PreferredMetadataLanguage: "en",
        MetadataCountryCode: "US",
        LibraryMonitorDelay: 60,
        CorsHosts: ["*"],
    },
    network: {
        BaseUrl: "",
        InternalHttpPort: 8096,
        AutoDiscovery: true,
        EnableHttps: false,
        RequireHttps: false,
        EnableRemoteAccess: true,
        LocalNetworkSubnets: [],
        KnownProxies: [],
    },
    encoding: {
        TranscodingTempPath: "",
        EncoderAppPathDisplay: "",
        HardwareAccelerationType: "none",
        VaapiDevice: "/dev/dri/renderD128",
        QsvDevice: "",
        EnableHardwareEncoding: true,
        EnableTonemapping: false,
        EnableDecodingColorDepth10Hevc: true,
        HardwareDecodingCodecs: ["h264", "vc1"],
        EnableThrottling: false,
        SegmentKeepSeconds: 720,
    },
};

/** As the files have them. */
export function plain(settings: Settings): Record<string, string | readonly string[]> {
    return Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [key, typeof value === "object" ? value : String(value)]),
    );
}
