import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";
/** Controllers that kubelet and runc use in the older hierarchy; each has a tree of its own. */
const CONTROLLERS = ["blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids", "systemd"];
/** What a kubelet wants to hand on in the unified hierarchy. */
const DELEGATED = ["cpu", "cpuset", "io", "memory", "pids"];

/** The cgroup of one lab; its machines' are below it. */
export function labCgroup(slot: number): string {
    return `homelab-lab-${slot}`;
}

/** Trees in which a machine gets a folder: one of the unified hierarchy, or one a controller of the older one. */
function trees(): { readonly path: string; readonly controller: string | undefined }[] {
    if (existsSync(join(ROOT, "cgroup.controllers"))) return [{ path: ROOT, controller: undefined }];
    return CONTROLLERS.filter((name) => existsSync(join(ROOT, name, "cgroup.procs"))).map((controller) => ({
        path: join(ROOT, controller),
        controller,
    }));
}

/**
 * What the containers of a whole lab weigh against one other process of the host, whose weight is 1: six machines' kubelets,
 * control plane and engine are some twenty, and each would weigh as much as all containers together.
 */
const LAB_WEIGHT = 8;
/** A process's own weight in the older hierarchy, and in the unified one. */
const SHARES = 1024;
const WEIGHT = 100;

/** Makes a cgroup with everything that a kubelet needs to make its own below it. @param name such as `homelab-lab-0/k3s-agent-1` */
export function makeCgroup(name: string): void {
    for (const { path, controller } of trees()) {
        let folder = path;
        for (const part of name.split("/")) {
            if (controller === undefined) delegate(folder);
            const parent = folder;
            folder = join(folder, part);
            mkdirSync(folder, { recursive: true });
            // A new cpuset is empty, and no process can join it.
            if (controller === "cpuset")
                for (const file of ["cpuset.cpus", "cpuset.mems"])
                    writeFileSync(join(folder, file), readFileSync(join(parent, file), "utf8").trim());
        }
        if (controller === undefined) delegate(folder);
        const lab = join(path, name.split("/")[0] ?? name);
        if (controller === undefined) writeFileSync(join(lab, "cpu.weight"), String(WEIGHT * LAB_WEIGHT));
        if (controller === "cpu") writeFileSync(join(lab, "cpu.shares"), String(SHARES * LAB_WEIGHT));
    }
}

/**
 * Shell commands that remove a machine's cgroup and all below it, once its processes have ended, and the lab's with the
 * last machine. In every tree: runc makes folders in more of them than were asked for.
 */
export function removeCgroupCommands(name: string): string {
    const [lab = name] = name.split("/");
    return [
        `for folder in ${ROOT}/${name} ${ROOT}/*/${name}; do [ -d "$folder" ] || continue;`,
        // Killed processes take a moment to leave; an empty cgroup can be removed, a busy one cannot.
        'for try in $(seq 100); do find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null && break; sleep 0.1; done; done;',
        `rmdir ${ROOT}/${lab} ${ROOT}/*/${lab} 2>/dev/null || true`,
    ].join(" ");
}

function delegate(folder: string): void {
    const available = readFileSync(join(folder, "cgroup.controllers"), "utf8").trim().split(" ");
    const wanted = DELEGATED.filter((name) => available.includes(name)).map((name) => `+${name}`);
    writeFileSync(join(folder, "cgroup.subtree_control"), wanted.join(" "));
}
