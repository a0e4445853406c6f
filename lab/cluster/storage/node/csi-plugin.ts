import type { handleUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { RealGuest } from "../../real/guest";
import { serveOnSocket, serviceOf, type KubeletProtoFiles, type SocketServer } from "../socket-server";
import { identityService, nodeService } from "./csi-service";
import type { NodeDriver } from "./node-driver";

/** Folder of a machine that kubelet watches for plugins. */
const REGISTRY = "/var/lib/kubelet/plugins_registry";

export interface CsiPluginOptions {
    readonly guest: RealGuest;
    readonly driver: NodeDriver;
    readonly protoFiles: KubeletProtoFiles;
    readonly log: (line: string) => void;
}

/**
 * Starts a driver's node part and lets the machine's kubelet know. Closing it takes the sockets away, and kubelet forgets
 * the driver; what is mounted stays mounted, as with the real one.
 */
export async function startCsiPlugin({ guest, driver, protoFiles, log }: CsiPluginOptions): Promise<SocketServer> {
    const endpoint = `/var/lib/kubelet/plugins/${driver.name}/csi.sock`;
    const csi = await serveOnSocket(guest.path(endpoint), [
        { service: serviceOf(protoFiles.csi, "csi.v1.Identity"), implementation: identityService(driver) },
        {
            service: serviceOf(protoFiles.csi, "csi.v1.Node"),
            implementation: nodeService(driver, guest.nodeName),
        },
    ]);
    const info = { type: "CSIPlugin", name: driver.name, endpoint, supported_versions: ["1.0.0"] };
    const getInfo: handleUnaryCall<object, object> = (_call, done: sendUnaryData<object>) => done(null, info);
    const notify: handleUnaryCall<{ plugin_registered: boolean; error: string }, object> = (call, done) => {
        const { plugin_registered: registered, error } = call.request;
        log(registered ? `${driver.name}: registered` : `${driver.name}: kubelet did not register it: ${error}`);
        done(null, {});
    };
    try {
        const registration = await serveOnSocket(guest.path(`${REGISTRY}/${driver.name}-reg.sock`), [
            {
                service: serviceOf(protoFiles.pluginRegistration, "pluginregistration.Registration"),
                implementation: { GetInfo: getInfo, NotifyRegistrationStatus: notify },
            },
        ]);
        return {
            close: () => {
                registration.close();
                csi.close();
            },
        };
    } catch (error) {
        csi.close();
        throw error;
    }
}
