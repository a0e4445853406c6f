import type { CallContext, CheckFailure, Diff, Properties, Provider } from "../../../../lab/providers/kit/provider";

/** A plugin called without an engine. */
export interface DirectPlugin {
    failures(type: string, inputs: Properties): Promise<CheckFailure[]>;
    create(type: string, inputs: Properties): Promise<{ id: string; outputs: Properties }>;
    preview(type: string, inputs: Properties): Promise<Properties>;
    /** Changed paths with their kind. */
    diff(
        type: string,
        oldInputs: Properties,
        newInputs: Properties,
        oldOutputs?: Properties,
    ): Promise<Record<string, string>>;
    import(type: string, id: string): ReturnType<Provider["read"]>;
}

const context: CallContext = { urn: "urn:test", signal: new AbortController().signal, log: () => undefined };
const common = { urn: "urn:test", timeoutSeconds: 0 };

export function direct(provider: Provider): DirectPlugin {
    return {
        failures: async (type, news) => {
            const request = { ...common, type, name: "test", olds: {}, news, randomSeed: new Uint8Array(32) };
            return (await provider.check(request, context)).failures;
        },
        create: (type, inputs) => provider.create({ ...common, type, inputs, preview: false }, context),
        preview: async (type, inputs) =>
            (await provider.create({ ...common, type, inputs, preview: true }, context)).outputs,
        diff: async (type, oldInputs, newInputs, oldOutputs = oldInputs) => {
            const request = { ...common, type, id: "x", oldInputs, newInputs, oldOutputs, ignoreChanges: [] };
            return kinds(await provider.diff(request, context));
        },
        import: (type, id) => provider.read({ ...common, type, id, oldInputs: {}, oldOutputs: {} }, context),
    };
}

function kinds({ detailed }: Diff): Record<string, string> {
    return Object.fromEntries([...detailed].map(([path, { kind }]) => [path, kind]));
}
