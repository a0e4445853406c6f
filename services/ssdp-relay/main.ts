import { look } from "./jellyfin";
import { Relay } from "./relay";

/** Time between two looks, and between two announcements, milliseconds. */
const EVERY_MS = 30_000;

function variable(name: string): string {
    const value = process.env[name];
    if (value === undefined || value === "") throw new Error(`${name}: is not set`);
    return value;
}

async function main(): Promise<void> {
    const url = variable("JELLYFIN_URL");
    const relay = await Relay.open(variable("ADDRESS"));
    let said = "";
    const say = (text: string): void => {
        if (text !== said) console.log(text);
        said = text;
    };
    const turn = async (): Promise<void> => {
        try {
            const server = await look(url);
            await relay.announce(server);
            say(`announces ${server.location}`);
        } catch (error) {
            await relay.announce(undefined);
            say(`announces nothing: ${error instanceof Error ? error.message : String(error)}`);
        }
    };
    await turn();
    const timer = setInterval(() => void turn(), EVERY_MS);
    process.once("SIGTERM", () => {
        clearInterval(timer);
        void relay.close();
    });
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
