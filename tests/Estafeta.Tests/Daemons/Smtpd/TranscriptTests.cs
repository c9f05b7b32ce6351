namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>The sessions of Transcripts/, which the conformance tests also hold against an installed Postfix.</summary>
public class TranscriptTests
{
    public static TheoryData<Transcript> Transcripts() => new(Transcript.ReadAll());

    [Theory]
    [MemberData(nameof(Transcripts))]
    public async Task Session_GoesAsWritten(Transcript transcript)
    {
        await using var peers = new TranscriptPeers();
        await using var server = new SmtpdFixture("smtpd_peername_lookup = yes\n" + string.Join('\n', transcript.Configuration.Select(peers.Expand)));
        var actual = new List<string>();
        var expected = new List<string>();
        using (var client = await server.ConnectAsync(readGreeting: false))
        {
            var greeting = await client.ReadReplyAsync();
            Assert.Equal(transcript.Greeting ?? greeting, greeting);
            foreach (var (side, text) in transcript.Steps)
            {
                if (side == 'C')
                {
                    await client.SendAsync(text);
                    continue;
                }

                if (side == 'T')
                {
                    await client.EncryptAsync();
                    continue;
                }

                expected.Add(text);
                actual.Add(Transcript.HideQueueIds(await client.ReadLineAsync() ?? "<eof>"));
                Assert.Equal(expected, actual);
            }
        }

        var log = (await server.StopAsync()).Select(Transcript.HideQueueIds).ToList();
        foreach (var line in transcript.Log)
        {
            Assert.Contains(line, log);
        }

        Assert.Equal(0, server.Cleanup.Open);
    }
}
