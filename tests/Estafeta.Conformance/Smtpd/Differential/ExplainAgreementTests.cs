using System.Net;
using Estafeta.Configuration;
using Estafeta.Daemons.Smtpd.Explaining;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.Verification;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>
/// <c>estafeta explain</c> and the live server, asked about the same random clients, logins, names and envelopes under the same generated
/// configurations, give the same answer: 10,000 sessions, with every restriction. The live server is asked over real sockets, as XCLIENT.
/// </summary>
public sealed class ExplainAgreementTests
{
    private const int Configurations = 20;
    private const int Sessions = 500;

    private static readonly (string Address, string Name)[] Clients =
    [
        ("192.0.2.11", "host.good.example"), ("192.0.2.80", "host.good.example"), ("203.0.113.11", "host.bad.example"), ("192.0.2.66", "bad.example"), ("198.51.100.7", "unknown"),
        ("2001:db8::6", "six.example"), ("10.1.2.3", "a.b.sub.good.example"), ("192.0.2.30", "aonly.example"), ("127.0.0.1", "localhost"),
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(503, Configurations)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Explain_AnswersAsTheServerDoes(int seed)
    {
        await using var peers = new TranscriptPeers();
        await using var dns = TestZone.Serve();
        await using var policy = new ScriptedPolicy(Path.Combine(Path.GetTempPath(), "estafeta-policy-" + Path.GetRandomFileName()));
        var verifier = new Verifier();
        var configuration = string.Join('\n', new GeneratedConfiguration(seed, policy.EndPoint, isAlone: true).Lines.Select(peers.Expand)) + "\nsmtpd_soft_error_limit = 1000\nsmtpd_hard_error_limit = 1001\n";
        await using var server = new SmtpdFixture(configuration, partners: p => p with { Resolver = dns.CreateResolver(), Verifier = verifier });
        await using var explainer = new SmtpdExplainer(Context(configuration), verifier, dns.CreateResolver());
        var random = new Random(seed);
        for (var i = 0; i < Sessions; i++)
        {
            var request = Draw(random);
            var live = await AskServerAsync(server, request);
            var explanation = await explainer.ExplainAsync(request, TestContext.Current.CancellationToken);
            Assert.True(live == Outcome(explanation), $"{i}: {request}\n live:    {live}\n explain: {Outcome(explanation)}\n{configuration}");
        }
    }

    [Fact]
    public void Configurations_HaveEveryRestriction()
    {
        var words = Seeds.SelectMany(static s => new GeneratedConfiguration(s.Data, "unix:policy", isAlone: true).Lines)
            .Where(static l => l.Split(' ')[0] is var name && (name.EndsWith("_restrictions", StringComparison.Ordinal) || name is "strict" or "lenient"))
            .SelectMany(static l => l.Split([' ', ','])).ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(GeneratedConfiguration.Restrictions, r => !words.Contains(r));
    }

    private static ExplainRequest Draw(Random random)
    {
        var (address, name) = Clients[random.Next(Clients.Length)];
        return new ExplainRequest
        {
            Client = IPAddress.Parse(address),
            ClientName = name,
            Helo = Pick(World.Helos),
            Login = random.Next(4) == 0 ? Pick(World.Logins) : "",
            Sender = Bare(Pick(World.Senders)),
            Recipients = [Bare(Pick(World.Recipients))],
            Size = random.Next(3) == 0 ? random.Next(1, 2000) : 0,
        };

        string Pick(string[] values) => values[random.Next(values.Length)];
    }

    // As the command line has it: inside the brackets, and not quoted.
    private static string Bare(string path) => path.Trim('<', '>').Replace("\"", "", StringComparison.Ordinal);

    private static ServiceContext Context(string configuration) => new()
    {
        ServiceName = "smtp",
        ServiceType = "inet",
        Parameters = ParameterSet.Parse(SmtpdFixture.Basics + "\n" + configuration),
        Log = new MemoryMailLog(),
        Time = TimeProvider.System,
    };

    // The first refusal, or the last reply.
    private static string Outcome(SmtpdExplanation explanation)
    {
        foreach (var command in explanation.Commands)
        {
            if (command.Reply.Length > 0 && command.Reply[0] is not '2' and not '3')
            {
                return command.Command == "CONNECT" ? "refused at once" : command.Command.Split(' ')[0] + ": " + command.Reply;
            }
        }

        return "accepted";
    }

    private static async Task<string> AskServerAsync(SmtpdFixture server, ExplainRequest request)
    {
        using var client = await server.ConnectAsync(readGreeting: false);
        if (!(await client.ReadReplyAsync()).StartsWith("220", StringComparison.Ordinal))
        {
            return "refused at once"; // this machine itself may not connect: XCLIENT cannot be said
        }

        var name = request.ClientName == "unknown" ? "[UNAVAILABLE]" : request.ClientName;
        var address = request.Client.ToString().Contains(':', StringComparison.Ordinal) ? "IPV6:" + request.Client : request.Client.ToString();
        var login = request.Login.Length > 0 ? " LOGIN=" + request.Login : "";
        var greeting = await client.CommandAsync($"XCLIENT NAME={name} REVERSE_NAME={name} ADDR={address} PORT=[UNAVAILABLE]{login}");
        if (!greeting.StartsWith("220", StringComparison.Ordinal))
        {
            return "refused at once";
        }

        var size = request.Size > 0 ? $" SIZE={request.Size}" : "";
        string[] commands =
        [
            "EHLO " + request.Helo,
            $"MAIL FROM:<{Estafeta.Mail.Addresses.LocalPart.Quote(request.Sender)}>{size}",
            $"RCPT TO:<{Estafeta.Mail.Addresses.LocalPart.Quote(request.Recipients[0])}>",
            "DATA",
        ];
        foreach (var command in commands)
        {
            var reply = await client.CommandAsync(command);
            if (reply is not ['2' or '3', ..])
            {
                return command.Split(' ')[0] + ": " + reply;
            }
        }

        await client.SendAsync("x\r\n.\r\n");
        var last = await client.ReadReplyAsync();
        return last.StartsWith('2') ? "accepted" : "END-OF-MESSAGE: " + last;
    }

    // An answer of its own for each address, always the same.
    private sealed class Verifier : IAddressVerifier
    {
        public ValueTask<VerificationAnswer> QueryAsync(string address, CancellationToken cancellationToken) => new((address.Sum(static c => c) % 4) switch
        {
            0 => new VerificationAnswer(VerificationOutcome.Undeliverable, "5.1.1 gone"),
            1 => new VerificationAnswer(VerificationOutcome.Deferred, "4.4.1 connect: Connection refused"),
            2 when address.Length % 3 == 0 => throw new IOException("nobody there"),
            _ => new VerificationAnswer(VerificationOutcome.Deliverable, "2.0.0 delivers"),
        });
    }
}
