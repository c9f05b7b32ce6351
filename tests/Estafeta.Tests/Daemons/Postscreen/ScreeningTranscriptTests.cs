using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>The sessions of Transcripts/, which the conformance tests also hold against an installed Postfix.</summary>
public class ScreeningTranscriptTests
{
    public static TheoryData<Transcript> Transcripts() => new(ScreeningScript.ReadAll());

    [Theory]
    [MemberData(nameof(Transcripts))]
    public async Task Session_GoesAsWritten(Transcript transcript)
    {
        await using var peers = new TranscriptPeers();
        await using var server = new PostscreenFixture(string.Join('\n', transcript.Configuration.Select(peers.Expand)));
        await ScreeningScript.PlayAsync(transcript, server.Connect, () => server.Log.Lines);
    }
}
