using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>envelopes.tsv holds what Postfix's cleanup made of envelopes.</summary>
public sealed class CleanupEnvelopeTests
{
    private static readonly VectorFile Vectors = new("Daemons/Cleanup/envelopes.tsv");

    public static TheoryData<string> Configurations => new(Vectors.Configurations);

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Envelopes_UnderConfiguration_BecomeWhatPostfixMakesOfThem(string configuration)
    {
        await using var bench = new CleanupBench(Vectors.Parameters(configuration));
        var wrong = new List<string>();
        foreach (var row in Vectors.RowsUnder(configuration))
        {
            var recipients = row[2].Split('|').Select(CleanupBench.Recipient);
            var request = CleanupBench.Request(row[1]) with { Flags = (CleanupFlags)int.Parse(row[4], System.Globalization.CultureInfo.InvariantCulture) };
            var result = await bench.SendAsync(request, recipients, ["Received: x\nFrom: a@b\nTo: b@c\n\nb\n"u8.ToArray()]);
            var actual = result.Outcome switch
            {
                CleanupOutcome.Ok => Describe(bench),
                CleanupOutcome.Temporary => "status 256 " + result.Text,
                CleanupOutcome.WriteError => "status 2 " + result.Text,
                _ => result.ToString(),
            };
            if (actual != row[3])
            {
                wrong.Add($"{row[1]} -> {row[2]}\n  wanted {row[3]}\n  got    {actual}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static string Describe(CleanupBench bench)
    {
        var envelope = bench.LastMessage().Envelope;
        return $"{envelope.Sender} | " + string.Join(' ', envelope.Recipients.Select(r =>
            string.Join('/', r.Address, r.OriginalAddress, r.DsnOriginalRecipient, (int)r.Notify).Replace(' ', '_')));
    }
}
