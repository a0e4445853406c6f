import { existsSync } from "node:fs";
import { apply } from "./apply";
import { prepare } from "./prepare";
import { Server } from "./server";
import { parseFiles, parseLibraries, Refusal } from "./wanted";

/** How long a pod may take to serve, milliseconds: a first start after an upgrade changes tables. */
const PATIENCE_MS = 30 * 60_000;

function variable(name: string): string {
    const value = process.env[name];
    if (value === undefined) throw new Refusal(`${name}: is not set`);
    return value;
}

/** Fills the folder of the pod that is about to start. */
function runPrepare(): void {
    const podName = variable("POD_NAME");
    prepare(
        {
            kept: variable("KEPT"),
            own: variable("OWN"),
            files: parseFiles(variable("SETTINGS")),
            isSetUp: existsSync(variable("SET_UP_FILE")),
            release: variable("RELEASE"),
            upgradeFrom: variable("UPGRADE_FROM"),
            mediaFolders: variable("MEDIA_FOLDERS").split("\n").filter(Boolean),
            tasksElsewhere: variable("ONE_POD_RUNS_TASKS") === "true" && !podName.endsWith("-0"),
        },
        podName,
        (line) => console.log(line),
    );
}

/** Makes the running pods as they are wanted. */
async function runApply(): Promise<void> {
    const key = variable("API_KEY");
    const servers = variable("SERVERS")
        .split(" ")
        .map((address) => new Server(address, key));
    const libraries = parseLibraries(variable("LIBRARIES"));
    for (const server of servers) await server.started(PATIENCE_MS);
    const administrator = { name: variable("ADMINISTRATOR"), password: variable("ADMINISTRATOR_PASSWORD") };
    const wanted = parseFiles(variable("SETTINGS"));
    const heldBack = Number(variable("HELD_BACK"));
    const say = (line: string) => console.log(line);
    const written = await apply({ servers, heldBack, files: wanted, libraries, administrator, say });
    console.log(written === 0 ? "everything is as it is wanted; nothing was written" : `${written} writes`);
}

async function main(task: string | undefined): Promise<void> {
    switch (task) {
        case "prepare":
            runPrepare();
            return;
        case "apply":
            return runApply();
        default:
            throw new Refusal(`${task ?? "nothing"}: is no task (prepare or apply)`);
    }
}

void main(process.argv[2]).catch((error: unknown) => {
    console.error(error instanceof Refusal ? `refused: ${error.message}` : error);
    process.exitCode = 1;
});
