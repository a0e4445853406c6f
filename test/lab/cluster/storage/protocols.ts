import { resolve } from "node:path";
import type { KubeletProtoFiles } from "../../../../lab/cluster/storage/socket-server";
import { labPaths } from "../../../../lab/paths";
import { kubeletProtocol } from "../../../../lab/toolchain/locate";

/** The protocol files that lie beside the built kubelet. @throws Error with the command that builds it. */
export function protoFiles(): KubeletProtoFiles {
    const { cache } = labPaths(resolve(__dirname, "..", "..", "..", ".."));
    const places = { cache, env: process.env };
    return {
        csi: kubeletProtocol("csi.proto", places),
        pluginRegistration: kubeletProtocol("plugin-registration.proto", places),
        devicePlugin: kubeletProtocol("device-plugin.proto", places),
    };
}
