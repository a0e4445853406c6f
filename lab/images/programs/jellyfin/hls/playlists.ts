import { PICTURE, SEGMENT_SECONDS } from "./encoder";

/** How many segments a film has; the last one may be shorter. */
export function segmentCount(filmSeconds: number): number {
    return Math.ceil(filmSeconds / SEGMENT_SECONDS);
}

/** The list of qualities: one. The query, token included, goes on to everything below. */
export function masterPlaylist(query: string): string {
    return [
        "#EXTM3U",
        `#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=${PICTURE.width}x${PICTURE.height}`,
        `main.m3u8${query}`,
        "",
    ].join("\n");
}

/** All segments of a film, before any of them is made. */
export function mediaPlaylist(filmSeconds: number, query: string): string {
    const segments = Array.from({ length: segmentCount(filmSeconds) }, (_, index) => {
        const seconds = Math.min(SEGMENT_SECONDS, filmSeconds - index * SEGMENT_SECONDS);
        return `#EXTINF:${seconds.toFixed(6)}, nodesc\nhls1/main/${index}.ts${query}`;
    });
    return [
        "#EXTM3U",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-VERSION:3",
        `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
        "#EXT-X-MEDIA-SEQUENCE:0",
        ...segments,
        "#EXT-X-ENDLIST",
        "",
    ].join("\n");
}
