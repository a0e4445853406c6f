import { existsSync, statSync } from "node:fs";
import {
    Client,
    credentials,
    status,
    type handleServerStreamingCall,
    type handleUnaryCall,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { pause } from "../../pause";
import { reasonOf } from "../../reason";
import type { RealGuest } from "../real/guest";
import { serveOnSocket, serviceOf, type SocketServer } from "../storage/socket-server";

const FOLDER = "/var/lib/kubelet/device-plugins";
/** Milliseconds between looks at whether kubelet is still the same. */
const LOOK_MS = 1_000;
const REGISTER_MS = 10_000;

export interface DevicePluginOptions {
    readonly guest: RealGuest;
    /** Extended resource that is offered, for example `gpu.intel.com/i915`. */
    readonly resource: string;
    /** Names of what kubelet may hand out, each once. */
    readonly devices: readonly string[];
    /** `pkg/apis/deviceplugin/v1beta1/api.proto` of `k8s.io/kubelet`. */
    readonly protoFile: string;
    readonly log: (line: string) => void;
}

/** A device plugin of one machine: it registers with kubelet, and again whenever kubelet was started anew. */
export class DevicePlugin {
    private readonly stopped = new AbortController();
    private server: SocketServer | undefined;
    private running: Promise<void> = Promise.resolve();
    /** Why the last try failed: the same is said once. */
    private told: string | undefined;
    private readonly socket: string;

    constructor(private readonly options: DevicePluginOptions) {
        this.socket = `${options.resource.replaceAll("/", "-")}.sock`;
    }

    start(): void {
        this.running = this.run();
    }

    /** Kubelet then takes the devices for unhealthy, and nothing is allocatable. */
    async stop(): Promise<void> {
        this.stopped.abort();
        this.server?.close();
        await this.running;
    }

    private async run(): Promise<void> {
        const { guest } = this.options;
        const { signal } = this.stopped;
        const own = guest.path(`${FOLDER}/${this.socket}`);
        let registeredWith: string | undefined;
        while (!signal.aborted) {
            const kubelet = identityOf(guest.path(`${FOLDER}/kubelet.sock`));
            // A kubelet that starts empties the folder first.
            const isKnown = kubelet === registeredWith && existsSync(own);
            if (kubelet !== undefined && !isKnown && (await this.connect(own))) registeredWith = kubelet;
            await pause(LOOK_MS, signal);
        }
        this.server?.close();
    }

    /** @returns whether kubelet took the plugin. */
    private async connect(socket: string): Promise<boolean> {
        const { devices, log, resource } = this.options;
        try {
            this.server?.close();
            this.server = await this.serve(socket);
            await this.register();
            this.told = undefined;
            log(`${resource}: registered ${devices.length} devices`);
            return true;
        } catch (error) {
            const why = reasonOf(error);
            if (why !== this.told) log(`${resource}: kubelet did not register it: ${why}`);
            this.told = why;
            return false;
        }
    }

    private serve(path: string): Promise<SocketServer> {
        const service = serviceOf(this.options.protoFile, "v1beta1.DevicePlugin");
        return serveOnSocket(path, [{ service, implementation: this.implementation() }]);
    }

    private implementation(): UntypedServiceImplementation {
        const { devices, resource } = this.options;
        const options: handleUnaryCall<object, object> = (_call, done) => done(null, {});
        const list: handleServerStreamingCall<object, object> = (call) => {
            call.write({ devices: devices.map((ID) => ({ ID, health: "Healthy" })) });
            // Kubelet listens as long as the plugin lives.
        };
        const allocate: handleUnaryCall<AllocateRequest, object> = (call, done) => {
            const wanted = call.request.container_requests.map(({ devices_ids }) => devices_ids);
            const unknown = wanted.flat().filter((id) => !devices.includes(id));
            if (unknown.length > 0)
                return done({ code: status.INVALID_ARGUMENT, details: `${unknown.join(", ")}: no such device` });
            // There is no hardware, so there is no device file: the container only learns what it was given.
            const envs = (ids: readonly string[]) => ({ [variableOf(resource)]: ids.join(",") });
            done(null, { container_responses: wanted.map((ids) => ({ envs: envs(ids) })) });
        };
        return {
            GetDevicePluginOptions: options,
            ListAndWatch: list,
            GetPreferredAllocation: options,
            Allocate: allocate,
            PreStartContainer: options,
        };
    }

    private async register(): Promise<void> {
        const { guest, protoFile, resource } = this.options;
        const method = serviceOf(protoFile, "v1beta1.Registration")["Register"];
        if (!method) throw new Error(`${protoFile}: it has no method Register`);
        const client = new Client(`unix:${guest.path(`${FOLDER}/kubelet.sock`)}`, credentials.createInsecure());
        const request = { version: "v1beta1", endpoint: this.socket, resource_name: resource };
        try {
            await new Promise<void>((done, fail) =>
                client.makeUnaryRequest(
                    method.path,
                    method.requestSerialize,
                    method.responseDeserialize,
                    request,
                    { deadline: Date.now() + REGISTER_MS },
                    (error) => (error ? fail(error) : done()),
                ),
            );
        } finally {
            client.close();
        }
    }
}

interface AllocateRequest {
    container_requests: { devices_ids: string[] }[];
}

/** Tells a socket from the one that was there before it under the same name. */
function identityOf(path: string): string | undefined {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && `${found.ino}/${found.birthtimeMs}`;
}

/** `gpu.intel.com/i915` -> `LAB_DEVICES_GPU_INTEL_COM_I915`. */
function variableOf(resource: string): string {
    return `LAB_DEVICES_${resource.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}
