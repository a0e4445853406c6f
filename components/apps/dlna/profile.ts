/** A kind of device, by what it says of itself, and what it plays. */
export interface DeviceProfile {
    /** Lower-case words with hyphens; the name of its file. */
    readonly name: string;
    /** Part of the header `User-Agent`, a regular expression. */
    readonly userAgent: string;
}

function escaped(text: string): string {
    const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
    return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}

/**
 * A profile of Jellyfin's DLNA plugin for devices that crash at Matroska and HEVC: they are given MP4 with H.264 as it is, and
 * everything else as H.264 in an MPEG transport stream. Without `Identification` the plugin would never use it.
 */
export function profileXml({ name, userAgent }: DeviceProfile): string {
    const seeking = 'estimateContentLength="false" transcodeSeekInfo="Auto" copyTimestamps="false" context="Streaming"';
    return `<?xml version="1.0"?>
<Profile xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Name>${escaped(name)}</Name>
  <Identification>
    <Headers>
      <HttpHeaderInfo name="User-Agent" value="${escaped(userAgent)}" match="Regex" />
    </Headers>
  </Identification>
  <SupportedMediaTypes>Audio,Photo,Video</SupportedMediaTypes>
  <MaxStreamingBitrate>20000000</MaxStreamingBitrate>
  <MaxStaticBitrate>20000000</MaxStaticBitrate>
  <ProtocolInfo>http-get:*:video/mpeg:*,http-get:*:video/mp4:*,http-get:*:video/vnd.dlna.mpeg-tts:*,http-get:*:audio/mpeg:*,http-get:*:image/jpeg:*</ProtocolInfo>
  <DirectPlayProfiles>
    <DirectPlayProfile container="mp4,m4v" audioCodec="aac,mp3,ac3" videoCodec="h264" type="Video" />
    <DirectPlayProfile container="mp3" audioCodec="mp3" type="Audio" />
    <DirectPlayProfile container="jpeg" type="Photo" />
  </DirectPlayProfiles>
  <TranscodingProfiles>
    <TranscodingProfile container="ts" type="Video" videoCodec="h264" audioCodec="aac" ${seeking} />
    <TranscodingProfile container="mp3" type="Audio" audioCodec="mp3" ${seeking} />
    <TranscodingProfile container="jpeg" type="Photo" ${seeking} />
  </TranscodingProfiles>
</Profile>
`;
}
