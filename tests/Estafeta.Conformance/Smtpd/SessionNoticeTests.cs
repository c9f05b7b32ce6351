using Estafeta.Tests.Daemons.Smtpd.Notices;

namespace Estafeta.Conformance.Smtpd;

/// <summary>Of which sessions the installed Postfix tells the postmaster, by notify_classes: as ours, which is tested with the same sessions.</summary>
public sealed class SessionNoticeTests
{
    [Fact]
    public async Task Postfix_TellsOfTheSameClasses()
    {
        Assert.SkipWhen(PostfixServices.Missing != null, PostfixServices.Missing ?? "");
        await using var postfix = await PostfixServices.StartAsync(
            static () => [.. NoticeSituation.AllClasses.Select(static c => new PostfixService(c, [.. NoticeSituation.ConfigurationFor(c)]))]);
        Assert.SkipWhen(postfix == null, "no network namespace can be made here");
        var told = new List<string>();
        var sessions = 0;
        foreach (var situation in NoticeSituation.All)
        {
            sessions++;
            var before = postfix.ReadNotices().Count;
            foreach (var type in NoticeSituation.AllClasses)
            {
                using (var client = postfix.Connect(type))
                {
                    await situation.PlayAsync(client);
                }

                await postfix.ReadLogAsync(type, sessions);
            }

            told.Add($"{situation.Name}: {string.Join(' ', postfix.ReadNotices().Skip(before))}");
        }

        Assert.Equal(NoticeSituation.All.Select(static s => $"{s.Name}: {string.Join(' ', s.Told)}"), told);
    }
}
