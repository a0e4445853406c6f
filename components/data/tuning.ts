/** What a server may use. */
export interface ServerSize {
    /** Memory of the container, its limit, in MiB. */
    readonly memoryMiB: number;
    /** Most connections at a time. */
    readonly maxConnections: number;
}

/** Settings of PostgreSQL by name, as `postgresql.conf` takes them. */
export type Settings = Readonly<Record<string, string>>;

/** A sort gets no less than PostgreSQL's own default. */
const LEAST_WORK_MIB = 4;
const MOST_MAINTENANCE_MIB = 2048;
/** Sorts and hashes of one query that run at a time; what pgtune reckons with. */
const WORK_AREAS = 3;

/**
 * Settings that fit into the memory of a server and nothing else runs beside.
 *
 * - `shared_buffers`: a quarter, the starting value of PostgreSQL's manual (section 19.4.1).
 * - `effective_cache_size`: half. The manual says what is left for the kernel's cache; of a container's memory that is less
 *   than of a machine's, so not pgtune's three quarters.
 * - `maintenance_work_mem`: a sixteenth, at most 2 GiB (pgtune).
 * - `work_mem`: what is left after the buffers, for every connection with three work areas (pgtune), at least 4 MiB, which
 *   is PostgreSQL's default: not all connections of a pool sort at once.
 * - `random_page_cost`: 1.1, as the manual proposes for storage where a seek costs nothing (section 19.7.2).
 */
export function tunedFor({ memoryMiB, maxConnections }: ServerSize): Settings {
    const buffers = Math.floor(memoryMiB / 4);
    const work = Math.floor((memoryMiB - buffers) / (maxConnections * WORK_AREAS));
    return {
        max_connections: String(maxConnections),
        shared_buffers: `${buffers}MB`,
        effective_cache_size: `${Math.floor(memoryMiB / 2)}MB`,
        maintenance_work_mem: `${Math.min(Math.floor(memoryMiB / 16), MOST_MAINTENANCE_MIB)}MB`,
        work_mem: `${Math.max(work, LEAST_WORK_MIB)}MB`,
        random_page_cost: "1.1",
    };
}

/** The same as arguments of the server, `-c name=value`. */
export function asArguments(settings: Settings): string[] {
    return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
