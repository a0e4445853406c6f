import { z } from "zod";
import { plaintextsIn, textsIn } from "./plain-values";
import { isSecretKey } from "./secret-words";

/** `pulumi config --json --show-secrets`. */
const config = z.record(
    z.string(),
    z.object({ value: z.string().optional(), objectValue: z.unknown().optional(), secret: z.boolean() }),
);

/**
 * The secrets in a file that tells them in plain: `pulumi config --json --show-secrets` or
 * `pulumi stack export --show-secrets`.
 * @throws Error when it is neither; its text is not shown
 */
export function secretsIn(text: string, file: string): string[] {
    let json: unknown;
    try {
        json = JSON.parse(text);
    } catch {
        throw new Error(`${file}: is no JSON (the secrets to mask are read from it); ${writeIt}`);
    }
    const settings = config.safeParse(json);
    if (settings.success) {
        const secret = Object.values(settings.data).filter((entry) => entry.secret);
        return secret.flatMap(({ value, objectValue }) => [...textsIn(value), ...textsIn(objectValue)]);
    }
    if (typeof json !== "object" || json === null || !("deployment" in json)) {
        throw new Error(
            `${file}: is neither a configuration nor a state (the secrets to mask are read from it); ${writeIt}`,
        );
    }
    return plaintextsIn(json);
}

const writeIt = "write it with pulumi config --json --show-secrets, or pulumi stack export --show-secrets";

/** Values of environment variables whose names say that they are secret, such as those of a cloud or of a CI system. */
export function secretsOfEnvironment(env: NodeJS.ProcessEnv): string[] {
    return Object.entries(env).flatMap(([name, value]) =>
        value !== undefined && value !== "" && isSecretKey(name) ? [value] : [],
    );
}
