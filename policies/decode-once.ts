import decoder = require("@pulumi/policy/deserialize");

const name = "deserializeProperties";

/**
 * Makes the SDK decode each resource once instead of once for every rule, which is most of what a preview would wait for.
 * Its decoder is asked for the same message each time, and no rule changes what it is given. A later SDK that has no such
 * decoder works as before, only slower.
 */
export function decodeOnce(): void {
    const decode: unknown = Reflect.get(decoder, name);
    if (typeof decode !== "function") return;
    const decoded = new WeakMap<object, Map<boolean, unknown>>();
    Reflect.set(decoder, name, (message: unknown, proxySecrets: boolean): unknown => {
        if (typeof message !== "object" || message === null)
            return Reflect.apply(decode, undefined, [message, proxySecrets]);
        const kept = decoded.get(message) ?? new Map<boolean, unknown>();
        decoded.set(message, kept);
        if (!kept.has(proxySecrets)) kept.set(proxySecrets, Reflect.apply(decode, undefined, [message, proxySecrets]));
        return kept.get(proxySecrets);
    });
}

/** The decoded properties below the SDK's proxy: the same object for every rule that is asked about a resource. */
export function decodedOf(props: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const target: unknown = Reflect.get(props, "__getSpecialProxyTarget");
    return isRecord(target) ? target : props;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null;
}
