import type { Provider } from "../../lab/providers/kit/provider";

/** Stands for a cluster that would take anything, so that nothing but the rules can refuse. */
export function takesAnything(): Provider {
    return {
        configure: () => Promise.resolve(),
        check: ({ news }) => Promise.resolve({ inputs: news, failures: [] }),
        diff: () => Promise.resolve({ detailed: new Map() }),
        create: ({ urn, inputs }) => Promise.resolve({ id: urn, outputs: inputs }),
        update: ({ inputs }) => Promise.resolve({ outputs: inputs }),
        read: ({ id, oldInputs, oldOutputs }) => Promise.resolve({ id, inputs: oldInputs, outputs: oldOutputs }),
        delete: () => Promise.resolve(),
    };
}
