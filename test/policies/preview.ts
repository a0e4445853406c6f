import { unknownCheckingProxy } from "@pulumi/policy";

type Props = Readonly<Record<string, unknown>>;

/** What the engine sends in a preview in place of a text that is not known yet. */
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** How a captured graph marks a secret. */
export function secret(value: unknown): Props {
    return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

/** Properties as the SDK hands them to a policy: touching an unknown one throws. */
export function asInPreview(props: Props): Props {
    const proxy: unknown = unknownCheckingProxy;
    if (typeof proxy !== "function") throw new Error("@pulumi/policy has no unknownCheckingProxy");
    const proxied: unknown = Reflect.apply(proxy, undefined, [props]);
    if (!isProps(proxied)) throw new Error("the proxy is no object");
    return proxied;
}

function isProps(value: unknown): value is Props {
    return typeof value === "object" && value !== null;
}
