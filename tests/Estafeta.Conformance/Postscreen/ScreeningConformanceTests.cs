using Estafeta.Tests.Daemons.Postscreen;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Postscreen;

/// <summary>Holds the transcripts that our postscreen is tested with against the Postfix that is installed.</summary>
public class ScreeningConformanceTests(InstalledPostscreen postfix) : IClassFixture<InstalledPostscreen>
{
    public static TheoryData<Transcript> Transcripts() => new(ScreeningScript.ReadAll());

    [Theory]
    [MemberData(nameof(Transcripts))]
    public async Task Postfix_AnswersTheSame(Transcript transcript)
    {
        Assert.SkipWhen(postfix.Unusable != null, postfix.Unusable ?? "");
        Assert.SkipWhen(transcript.OlderPostfixDiffers != null, transcript.OlderPostfixDiffers ?? "");
        await ScreeningScript.PlayAsync(transcript, () => postfix.ConnectFor(transcript), () => postfix.ReadLog(transcript));
    }
}
