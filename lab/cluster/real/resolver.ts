import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabPaths } from "../../paths";
import { Child } from "../../process/child";
import type { Lan } from "./lan";

export interface ResolverOptions {
    readonly paths: LabPaths;
    readonly lan: Lan;
    /** Path of CoreDNS. */
    readonly program: string;
    /** Addresses of the resolvers that the house forwards to. */
    readonly addresses: readonly string[];
}

/** A name that the resolver knows, to show that a question came through to it (RFC 2606, RFC 5737). */
export const KNOWN_NAME = { name: "resolver.example", address: "192.0.2.53" } as const;

/**
 * Answers in the place of the resolvers that the house forwards to: the lab's network has no way to the internet, and
 * whoever asks for a name outside would wait for nobody. It knows one name, and says of every other that there is none.
 */
export async function startResolver({ paths, lan, program, addresses }: ResolverOptions): Promise<Child | undefined> {
    if (addresses.length === 0) return undefined;
    for (const address of addresses) await lan.own(address);
    const file = join(paths.run, "resolver.Corefile");
    mkdirSync(paths.run, { recursive: true });
    writeFileSync(file, corefile(addresses));
    const { command, args } = lan.enter(program, ["-conf", file]);
    return new Child({
        ...{ name: "resolver", command, args, restart: true, stopGraceMs: 500 },
        logFile: join(paths.logs, "resolver.log"),
        pidDirectory: paths.run,
    });
}

function corefile(addresses: readonly string[]): string {
    const { name, address } = KNOWN_NAME;
    return `. {
    bind ${addresses.join(" ")}
    template IN A ${name} {
        answer "{{ .Name }} 60 IN A ${address}"
    }
    template ANY ANY ${name} {
        rcode NOERROR
    }
    template ANY ANY {
        rcode NXDOMAIN
    }
    errors
}
`;
}
