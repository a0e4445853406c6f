import { K3S_CONFIG_PATH, k3sFromCloudConfig, type K3sConfig } from "../../../../lab/cluster/boot/k3s-config";

/** What k3s reads on a server with these settings, and these files in its manifest folder. */
export function serverConfig(settings: Record<string, unknown>, manifests: Record<string, string> = {}): K3sConfig {
    const folder = "/var/lib/rancher/k3s/server/manifests/";
    const found = k3sFromCloudConfig({
        ...{ hostname: "a", packages: [], components: [], warnings: [] },
        files: [
            { path: K3S_CONFIG_PATH, content: JSON.stringify(settings), permissions: "0600" },
            ...Object.entries(manifests).map(([name, content]) => ({
                ...{ path: folder + name, content, permissions: "0600" },
            })),
        ],
        commands: ["INSTALL_K3S_VERSION=v1.36.3+k3s1 INSTALL_K3S_EXEC=server sh install.sh"],
    });
    if (!found) throw new Error("k3s is not installed");
    return found;
}
