import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ToolSpec } from "../../../lab/toolchain/tools";
import { removeFolder } from "../../support/scratch-folder";

/** A stand-in for the Go command, so that failing, hanging and full disks can be shown without compiling anything. */
export interface FakeGo {
    readonly folder: string;
    readonly cache: string;
    readonly env: NodeJS.ProcessEnv;
    /** What `go build` does for a package: shell lines, with `$target` and `$package` set. */
    onBuild(packageName: string, lines: string): void;
    /** Packages for which `go build` was called, in order. */
    builds(): string[];
    /** Process id of the last `go build`. */
    lastPid(): number;
    remove(): void;
}

/** Shell lines of a build that succeeds: the "binary" prints this version. */
export function succeed(version: string): string {
    return `printf '#!/bin/sh\\necho v${version}\\n' > "$target"; chmod +x "$target"`;
}

export function fakeGo(): FakeGo {
    const folder = mkdtempSync(join(tmpdir(), "homelab-fake-go-"));
    const bin = join(folder, "bin");
    for (const name of ["bin", "behaviour", "cache"]) mkdirSync(join(folder, name));
    script(
        join(bin, "go"),
        `case "$1" in
env) printf 'go1.26.8\\n${folder}/gocache\\n${folder}/modcache\\n' ;;
build)
    for word in "$@"; do
        [ "$before" = "-o" ] && target="$word"
        before="$word"; package="$word"
    done
    echo "$package" >> "${folder}/builds"
    echo $$ > "${folder}/pid"
    . "${folder}/behaviour/$package" ;;
esac`,
    );
    const builds = join(folder, "builds");
    return {
        folder,
        cache: join(folder, "cache"),
        env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder },
        onBuild: (name, lines) => writeFileSync(join(folder, "behaviour", name), `${lines}\n`),
        builds: () => (existsSync(builds) ? readFileSync(builds, "utf8").trim().split("\n") : []),
        lastPid: () => Number(readFileSync(join(folder, "pid"), "utf8")),
        remove: () => removeFolder(folder),
    };
}

/** Writes an executable shell script. */
export function script(path: string, lines: string): void {
    writeFileSync(path, `#!/bin/sh\n${lines}\n`);
    chmodSync(path, 0o755);
}

/** A program of the fake Go; its package has its name. Each has a module folder of its own unless one is given. */
export function fakeTool(
    go: FakeGo,
    name: string,
    options: { version?: string; moduleDir?: string; coldBytes?: number } = {},
): ToolSpec {
    const moduleDir = options.moduleDir ?? join(go.folder, "modules", name);
    mkdirSync(moduleDir, { recursive: true });
    for (const file of ["go.mod", "go.sum"]) {
        if (!existsSync(join(moduleDir, file))) writeFileSync(join(moduleDir, file), `// ${file}\n`);
    }
    return {
        name,
        version: options.version ?? "1.2.3",
        artefact: name,
        versionArguments: ["version"],
        source: {
            kind: "program",
            moduleDir,
            module: `example.test/${name}`,
            package: name,
            tags: "",
            ldflags: "-s -w",
            companions: [],
            coldBytes: options.coldBytes ?? 0,
        },
    };
}
