import { API_PORT, type ControlPlaneSite } from "./control-plane";

/**
 * The addresses of the house at which its API server answers: those of the servers that are on, and the one that they
 * share. One API server stands for those of all servers, so an address that goes away takes nothing with it but the way.
 */
export class ApiAddresses {
    private readonly doors = new Map<string, () => Promise<void>>();
    /** Opened and closed one after the other. */
    private turn: Promise<void> = Promise.resolve();

    constructor(
        private readonly site: ControlPlaneSite,
        private readonly log: (line: string) => void,
    ) {}

    answers(address: string): boolean {
        return this.doors.has(address);
    }

    /** What is open already stays so. An address that cannot be had is logged, and does not answer. */
    open(address: string): Promise<void> {
        return this.inTurn(async () => {
            if (!this.doors.has(address)) this.doors.set(address, await this.site.publish(address, API_PORT));
        });
    }

    close(address: string): Promise<void> {
        return this.inTurn(async () => {
            const withdraw = this.doors.get(address);
            this.doors.delete(address);
            await withdraw?.();
        });
    }

    closeAll(): Promise<void> {
        return this.inTurn(async () => {
            const all = [...this.doors.values()];
            this.doors.clear();
            await Promise.all(all.map((withdraw) => withdraw()));
        });
    }

    private inTurn(task: () => Promise<void>): Promise<void> {
        const done = this.turn.then(task).catch((error: unknown) => this.log(`API server: ${String(error)}`));
        this.turn = done;
        return done;
    }
}
