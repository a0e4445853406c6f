import { answerOf } from "./command";
import { compareVersions } from "./locate";
import { neededGo } from "./program";
import type { ToolSpec } from "./tools";

/** One program that must be on the machine before the lab can be built. */
export interface Prerequisite {
    readonly name: string;
    /** For example `>= 1.26`. */
    readonly needed: string;
    /** What is there; `undefined` when nothing is. */
    readonly found: string | undefined;
    readonly ok: boolean;
    /** What to do when it is not ok. */
    readonly remedy: string;
}

/** The Python that moto's environment is made with. */
export interface Python {
    readonly command: string;
    /** Such as `3.11.7`. */
    readonly version: string;
    /** The interpreter itself: another one makes another environment. */
    readonly executable: string;
    readonly hasVenv: boolean;
}

const PYTHON_FROM = "3.11";
const GO_FROM = "1.26";
const NODE_FROM = "20";

/** `python3` may be an old one that lies beside a newer one; `LAB_PYTHON` names one outright. */
const pythons = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];

/** The first Python that is new enough and can make environments, else the first that answers at all. */
export function findPython(env: NodeJS.ProcessEnv): Python | undefined {
    const wanted = env["LAB_PYTHON"];
    const answers = function* (): Generator<Python> {
        for (const command of wanted ? [wanted] : pythons) {
            const say = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";
            const [version, executable] = answerOf(command, ["-c", say], env)?.split("\n") ?? [];
            if (!version || !executable) continue;
            const hasVenv = answerOf(command, ["-c", "import venv, ensurepip"], env) !== undefined;
            yield { command, version, executable, hasVenv };
        }
    };
    let first: Python | undefined;
    for (const python of answers()) {
        if (python.hasVenv && compareVersions(python.version, PYTHON_FROM) >= 0) return python;
        first ??= python;
    }
    return first;
}

/** What the coming work cannot do without. */
export interface Need {
    /** The oldest Go that will do, such as `1.26`; `undefined` when none is needed. */
    readonly go: string | undefined;
    readonly python: boolean;
}

/** What building these tools needs: the newest Go that one of them asks for. Python is for moto, which always runs. */
export function neededFor(missing: readonly ToolSpec[]): Need {
    const versions = missing.flatMap(({ source }) => {
        if (source.kind === "wheel") return [];
        return (source.kind === "program" ? neededGo(source.moduleDir) : undefined) ?? GO_FROM;
    });
    const [go] = versions.sort((left, right) => compareVersions(right, left));
    return { go, python: true };
}

/** Looks at everything, so that one run names all that is missing. */
export function checkPrerequisites(env: NodeJS.ProcessEnv, need: Need): Prerequisite[] {
    const node = process.versions.node;
    const npm = answerOf("npm", ["--version"], env);
    const python = findPython(env);
    const atLeast = (version: string | undefined, from: string): boolean =>
        version !== undefined && compareVersions(version, from) >= 0;
    const list: Prerequisite[] = [
        {
            name: "Node.js",
            needed: `>= ${NODE_FROM}`,
            found: node,
            ok: atLeast(node, NODE_FROM),
            remedy: "install a current Node.js, https://nodejs.org",
        },
        { name: "npm", needed: "any", found: npm, ok: npm !== undefined, remedy: "install npm, it comes with Node.js" },
    ];
    if (need.go !== undefined) {
        const go = answerOf("go", ["env", "GOVERSION"], { ...env, GOTOOLCHAIN: "local" })?.replace(/^go/, "");
        list.push({
            name: "Go",
            needed: `>= ${need.go}`,
            found: go,
            ok: atLeast(go, need.go),
            remedy: "install Go from https://go.dev/dl (distributions are often older) and put its bin folder on PATH",
        });
    }
    if (need.python) {
        const withoutVenv = python !== undefined && !python.hasVenv;
        list.push({
            name: "Python",
            needed: `>= ${PYTHON_FROM} with venv`,
            found: python && `${python.version}${withoutVenv ? " without venv" : ""} (${python.executable})`,
            ok: python !== undefined && !withoutVenv && atLeast(python.version, PYTHON_FROM),
            remedy: withoutVenv
                ? "install its venv module (Debian, Ubuntu: apt install python3-venv)"
                : "install a newer Python, or name one in LAB_PYTHON",
        });
    }
    return list;
}

/** One line for each that is not ok: what was found, what is needed, what to do. */
export function missingPrerequisites(list: readonly Prerequisite[]): string[] {
    return list
        .filter((one) => !one.ok)
        .map((one) => `${one.name}: ${one.found ?? "not found"} (${one.needed} is needed); ${one.remedy}`);
}
