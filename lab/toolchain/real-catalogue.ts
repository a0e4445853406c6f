import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kubernetesStamps, program, type Build, type ModuleFolder } from "./program";
import type { Companion, ToolSpec } from "./tools";

/** What only a lab with real machines needs, in the order in which it is shown. */
export const realTools = [
    "kubelet",
    "kube-proxy",
    "containerd",
    "containerd-shim-runc-v2",
    "ctr",
    "idle",
    "kube-router",
    "coredns",
    "traefik",
    "metrics-server",
    "ffmpeg",
] as const;
export type RealTool = (typeof realTools)[number];

/** Protocols that a kubelet speaks with drivers: the name of each file beside its program, and where it comes from. */
const kubeletProtocols = [
    { as: "csi.proto", module: "github.com/container-storage-interface/spec", path: "csi.proto" },
    { as: "device-plugin.proto", module: "k8s.io/kubelet", path: "pkg/apis/deviceplugin/v1beta1/api.proto" },
    { as: "plugin-registration.proto", module: "k8s.io/kubelet", path: "pkg/apis/pluginregistration/v1/api.proto" },
] as const satisfies readonly Companion[];
/** Name of a protocol file: of CSI drivers, of device plugins, and how both introduce themselves to the kubelet. */
export type KubeletProtocol = (typeof kubeletProtocols)[number]["as"];

/**
 * None of these is taken from elsewhere: they run inside machines and images, where the libraries of a program of the
 * user's own would be missing, and containerd and its shim must be of one version.
 */
export function realCatalogue(modules: string): Record<RealTool, ToolSpec> {
    const of = (
        folder: ModuleFolder,
        name: RealTool,
        build: Build,
        versionArguments: readonly string[] | undefined,
    ): ToolSpec => program(modules, folder, name, build, versionArguments && { versionArguments });
    const kubernetes = (name: "kubelet" | "kube-proxy", companions: readonly Companion[]): ToolSpec => {
        const build = { module: "k8s.io/kubernetes", package: `k8s.io/kubernetes/cmd/${name}` };
        return of("kubernetes", name, { ...build, stamps: kubernetesStamps, companions }, ["--version"]);
    };
    const containerd = (name: "containerd" | "containerd-shim-runc-v2" | "ctr", option: string): ToolSpec => {
        const module = "github.com/containerd/containerd/v2";
        const build: Build = {
            module,
            package: `${module}/cmd/${name}`,
            // Snapshots are overlays; the other kinds bring C libraries or file systems that nobody has here.
            tags: "no_btrfs,no_aufs,no_zfs,no_devmapper",
            stamps: (version) => ({ [`${module}/version.Version`]: version }),
        };
        return of("containerd", name, build, [option]);
    };
    const kubeRouter = "github.com/cloudnativelabs/kube-router/v2";
    const traefik = "github.com/traefik/traefik/v3";
    const metricsServer = "sigs.k8s.io/metrics-server";
    return {
        kubelet: kubernetes("kubelet", kubeletProtocols),
        "kube-proxy": kubernetes("kube-proxy", []),
        containerd: containerd("containerd", "--version"),
        "containerd-shim-runc-v2": containerd("containerd-shim-runc-v2", "-v"),
        ctr: containerd("ctr", "--version"),
        idle: of(
            "idle",
            "idle",
            { module: "homelab.lab/idle", package: "homelab.lab/idle", version: "1.0.0" },
            undefined,
        ),
        "kube-router": of(
            "kube-router",
            "kube-router",
            {
                module: kubeRouter,
                package: `${kubeRouter}/cmd/kube-router`,
                stamps: (version) => ({ [`${kubeRouter}/pkg/version.Version`]: `v${version}` }),
            },
            // It tells its version on standard error only.
            undefined,
        ),
        coredns: of(
            "coredns",
            "coredns",
            { module: "github.com/coredns/coredns", package: "github.com/coredns/coredns" },
            ["-version"],
        ),
        traefik: of(
            "traefik",
            "traefik",
            {
                module: traefik,
                package: `${traefik}/cmd/traefik`,
                stamps: (version) => ({ [`${traefik}/pkg/version.Version`]: version }),
                patched: {
                    module: "github.com/go-acme/lego/v5",
                    file: "providers/dns/zz_gen_dns_providers.go",
                    by: "lego/dns_providers.go",
                },
            },
            ["version"],
        ),
        "metrics-server": of(
            "metrics-server",
            "metrics-server",
            {
                module: metricsServer,
                package: `${metricsServer}/cmd/metrics-server`,
                // It tells client-go's version for its own.
                stamps: (version) => ({ "k8s.io/client-go/pkg/version.gitVersion": `v${version}` }),
            },
            ["--version"],
        ),
        ffmpeg: ffmpeg(join(modules, "ffmpeg")),
    };
}

function ffmpeg(moduleDir: string): ToolSpec {
    const file = join(moduleDir, "requirements.txt");
    const version = /^imageio-ffmpeg==(\S+)/m.exec(readFileSync(file, "utf8"))?.[1];
    if (!version) throw new Error(`${file}: no imageio-ffmpeg==... (it is where the version is pinned); add it`);
    return {
        name: "ffmpeg",
        // Of the wheel; the program's own is in the name of its file there.
        version,
        artefact: "ffmpeg",
        source: {
            kind: "wheel",
            moduleDir,
            folder: "imageio_ffmpeg/binaries",
            prefix: "ffmpeg-",
            trialArguments: ["-hide_banner", "-version"],
        },
    };
}
