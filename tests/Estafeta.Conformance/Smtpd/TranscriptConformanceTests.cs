using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd;

/// <summary>Holds the transcripts that our server is tested with against the Postfix that is installed.</summary>
public class TranscriptConformanceTests(InstalledPostfix postfix) : IClassFixture<InstalledPostfix>
{
    public static TheoryData<Transcript> Transcripts() => new(Transcript.ReadAll());

    [Theory]
    [MemberData(nameof(Transcripts))]
    public async Task Postfix_AnswersTheSame(Transcript transcript)
    {
        Assert.SkipWhen(postfix.Unusable != null, postfix.Unusable ?? "");
        Assert.SkipWhen(transcript.OlderPostfixDiffers != null, transcript.OlderPostfixDiffers ?? "");
        var actual = new List<string>();
        var expected = new List<string>();
        using (var client = postfix.ConnectFor(transcript))
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

        var log = (await postfix.ReadLogAsync(transcript)).Select(Transcript.HideQueueIds).ToList();
        foreach (var line in transcript.Log)
        {
            Assert.Contains(line, log);
        }
    }
}
