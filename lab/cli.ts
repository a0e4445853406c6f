import { decideBodies, ensureMaterial } from "./bodies";
import { destroy, preview } from "./commands/stack";
import { doctor } from "./commands/doctor";
import { down } from "./commands/down";
import { env } from "./commands/env";
import { logs } from "./commands/logs";
import { power } from "./commands/power";
import { status } from "./commands/status";
import { up } from "./commands/up";
import { readHouse, stackText } from "./house";
import { openLab, type Lab } from "./lab";
import { operators as allOperators } from "./operators";
import { labPaths } from "./paths";
import { labSettings } from "./settings";

type Command = (lab: Lab, args: readonly string[]) => Promise<number>;

const USAGE = `Usage: npm run lab -- <command>

  up                    bring the whole house up, or on from where it is
  down                  end every process and remove the lab's folder
  status                hosts, machines, nodes, workloads and addresses
  preview [arguments]   what \`up\` would change (arguments of pulumi preview)
  destroy               remove what the program made; the hardware stays on
  power <machine> on|off  plug or pull a machine's power cord
  logs <machine>        console of a machine (or log of a process: daemon, kube-apiserver, ...)
  doctor                find and explain what is wrong
  env                   shell exports: eval "$(npm run -s lab -- env)"
  toolchain             build what is missing, operators of no house too, and nothing else
`;

const commands: Readonly<Record<string, Command>> = {
    up: (lab) => up(lab),
    down: (lab) => down(lab),
    status: (lab) => status(lab),
    preview: (lab, args) => preview(lab, args),
    destroy: (lab, args) => destroy(lab, args),
    power: (lab, [machine, state]) => power(lab, machine, state),
    logs: (lab, [name]) => logs(lab, name),
    doctor: (lab) => doctor(lab),
    env: (lab) => env(lab),
};

async function toolchain(): Promise<number> {
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort(new Error("interrupted; run it again: it goes on where this ended")));
    const paths = labPaths(".");
    const settings = labSettings(paths);
    const { kind } = decideBodies(paths, settings, process.env);
    const { operators } = readHouse(stackText(paths, settings), settings.operators);
    await ensureMaterial(kind, {
        ...{ cache: paths.cache, env: process.env, images: settings.images },
        // Tests show what each does; images with them are made for a house that has one.
        ...{ operators, built: allOperators },
        ...{ output: process.stdout, signal: stop.signal },
    });
    return 0;
}

async function main([name, ...args]: string[]): Promise<number> {
    if (name === "toolchain") return toolchain();
    const command = name === undefined ? undefined : commands[name];
    if (!command) {
        console.error(name === undefined || name === "help" ? USAGE : `${name}: no such command\n\n${USAGE}`);
        return name === "help" ? 0 : 2;
    }
    return command(openLab(), args);
}

main(process.argv.slice(2))
    .then((code) => {
        process.exitCode = code;
    })
    .catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
    });
