import type { ChartStandIn } from "../../../../lab/charts/chart";
import {
    type CallContext,
    type CheckFailure,
    InitializationError,
    type Properties,
    type Provider,
    type UpdateRequest,
} from "../../../../lab/providers/kit/provider";
import { providerWithCharts } from "../../../../lab/providers/kubernetes";

/** A resource as the engine would remember it. */
export interface Made {
    readonly type: string;
    readonly urn: string;
    readonly id: string;
    readonly inputs: Properties;
    readonly outputs: Properties;
}

/** Calls one provider instance in the order in which the engine does. */
export class Rig {
    readonly logs: { severity: string; message: string; ephemeral: boolean }[] = [];
    readonly provider: Provider;
    signal = new AbortController().signal;

    private constructor(charts: readonly ChartStandIn[]) {
        this.provider = providerWithCharts(charts)();
    }

    static async start(settings: Properties, charts: readonly ChartStandIn[] = []): Promise<Rig> {
        const rig = new Rig(charts);
        await rig.provider.configure(settings);
        return rig;
    }

    context(urn: string): CallContext {
        const log: CallContext["log"] = (severity, message, options) =>
            void this.logs.push({ severity, message, ephemeral: options?.ephemeral ?? false });
        return { urn, signal: this.signal, log };
    }

    async check(
        type: string,
        news: Properties,
        before?: Made,
    ): Promise<{ inputs: Properties; failures: CheckFailure[] }> {
        const name = "thing";
        const urn = before?.urn ?? urnOf(type, name);
        const request = { urn, type, name, news, olds: before?.inputs ?? {}, randomSeed: new Uint8Array([1, 2, 3]) };
        return this.provider.check(request, this.context(urn));
    }

    async preview(type: string, news: Properties): Promise<Properties> {
        const { inputs } = await this.valid(type, news);
        const urn = urnOf(type, "thing");
        const request = { urn, type, inputs, preview: true, timeoutSeconds: 0 };
        return (await this.provider.create(request, this.context(urn))).outputs;
    }

    async create(type: string, news: Properties, timeoutSeconds = 0): Promise<Made> {
        const { inputs } = await this.valid(type, news);
        const urn = urnOf(type, "thing");
        const request = { urn, type, inputs, preview: false, timeoutSeconds };
        return { type, urn, inputs, ...(await this.provider.create(request, this.context(urn))) };
    }

    async diff(made: Made, news: Properties, ignoreChanges: readonly string[] = []) {
        const { inputs } = await this.valid(made.type, news, made);
        const { urn, type, id, inputs: oldInputs, outputs: oldOutputs } = made;
        const request = { urn, type, id, oldInputs, oldOutputs, newInputs: inputs, ignoreChanges };
        const { detailed, deleteBeforeReplace } = await this.provider.diff(request, this.context(urn));
        const kinds = Object.fromEntries([...detailed].map(([path, { kind }]) => [path, kind]));
        return { kinds, deleteBeforeReplace };
    }

    async update(made: Made, news: Properties, options: Partial<UpdateRequest> = {}): Promise<Made> {
        const { inputs } = await this.valid(made.type, news, made);
        const { urn, type, id, inputs: oldInputs, outputs: oldOutputs } = made;
        const fixed = { urn, type, id, inputs, oldInputs, oldOutputs };
        const request = { ...fixed, preview: false, timeoutSeconds: 0, ignoreChanges: [], ...options };
        return { ...made, inputs, ...(await this.provider.update(request, this.context(urn))) };
    }

    /** What a refresh finds; a resource that is there but not ready counts as found. */
    async read({ urn, type, id, inputs, outputs }: Made): Promise<Made | undefined> {
        try {
            const request = { urn, type, id, oldInputs: inputs, oldOutputs: outputs };
            const found = await this.provider.read(request, this.context(urn));
            return found && { urn, type, ...found };
        } catch (error) {
            if (!(error instanceof InitializationError)) throw error;
            return { urn, type, id, inputs: error.inputs, outputs: error.outputs };
        }
    }

    async delete({ urn, type, id, inputs, outputs }: Made, timeoutSeconds = 0): Promise<void> {
        const request = { urn, type, id, oldInputs: inputs, oldOutputs: outputs, timeoutSeconds };
        await this.provider.delete(request, this.context(urn));
    }

    async close(): Promise<void> {
        await this.provider.close?.();
    }

    private async valid(type: string, news: Properties, before?: Made) {
        const checked = await this.check(type, news, before);
        if (checked.failures.length > 0) throw new Error(JSON.stringify(checked.failures));
        return checked;
    }
}

function urnOf(type: string, name: string): string {
    return `urn:pulumi:test::test::${type}::${name}`;
}

export const configMap = "kubernetes:core/v1:ConfigMap";
export const deployment = "kubernetes:apps/v1:Deployment";
export const service = "kubernetes:core/v1:Service";

/** Inputs of a Deployment of one container that nothing will ever run. */
export function deploymentInputs(
    name: string,
    more: { metadata?: Properties; spec?: Properties; pod?: Properties } = {},
): Properties {
    const labels = { app: name };
    return {
        metadata: { name, ...more.metadata },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: { containers: [{ name: "main", image: "example/main:1" }] },
                ...more.pod,
            },
            ...more.spec,
        },
    };
}

/** The same, of one that nobody waits for. */
export function waitless(name: string, more: Parameters<typeof deploymentInputs>[1] = {}): Properties {
    const annotations = { "pulumi.com/skipAwait": "true" };
    return deploymentInputs(name, { ...more, metadata: { annotations, ...more.metadata } });
}
