import * as pulumi from "@pulumi/pulumi";

/**
 * An error that is shown as it is: without a stack trace, because not the program is wrong, and without
 * `error serializing property ...`, which Pulumi writes before the message once for each level of each input that waits.
 */
export function plainError(message: string): pulumi.RunError {
    const error = new pulumi.RunError(message);
    return Object.defineProperty(error, "message", { get: () => message, set: () => undefined });
}
