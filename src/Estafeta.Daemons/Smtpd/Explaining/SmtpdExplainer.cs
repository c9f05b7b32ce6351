using System.Net.Sockets;
using System.Net;
using System.Text;
using Estafeta.Daemons.Smtpd.Access.Tracing;
using Estafeta.Daemons.Smtpd.Authenticity;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Dns;
using Estafeta.Net.Tls;
using Estafeta.Services.Clients;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;
using Estafeta.Services.Verification;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Smtpd.Explaining;

/// <summary>
/// Runs a session of the SMTP server, the same code as for a live client, over a socket to itself: with a client that is only said to be
/// there, a log in memory, and a queue that keeps nothing. One session at a time. Name servers, tables, policy services and milters are asked in earnest.
/// </summary>
public sealed class SmtpdExplainer : IAsyncDisposable
{
    private readonly SmtpdService _service;
    private readonly MemoryMailLog _log = new();
    private readonly ListeningCleanup _cleanup = new();
    private readonly bool _isWrapped;

    /// <param name="context">The smtpd entry of master.cf; nothing is written to its log.</param>
    /// <param name="verifier">verify(8); null when it is out of reach.</param>
    /// <param name="resolver">The name service; null: this machine's.</param>
    public SmtpdExplainer(ServiceContext context, IAddressVerifier? verifier, DnsResolver? resolver = null)
    {
        _isWrapped = context.Parameters.Get(Configuration.Catalogue.Parameters.SmtpdTlsWrappermode);

        // There is no handshake to be had, and filters are not to see mail that is none.
        var parameters = context.Parameters.With([new("smtpd_tls_wrappermode", "no"), new("smtpd_proxy_filter", ""), new("smtpd_milters", ""), new("smtpd_milter_maps", ""), .. AuthenticitySettings.Off]);
        var partners = new SmtpdPartners(_cleanup) { Verifier = verifier, Resolver = resolver, IsExplaining = true };
        _service = new SmtpdService(context with { Parameters = parameters, Log = _log }, partners);
    }

    public async Task<SmtpdExplanation> ExplainAsync(ExplainRequest request, CancellationToken cancellationToken)
    {
        _cleanup.Forget();
        _ = _log.Take();
        var (near, far) = SocketPair.CreateStream();
        using var client = new NetworkStream(near, ownsSocket: true);
        using var deadline = new Deadline(_service.Time);
        await using var wire = new ClientWire(new NetworkStream(far, ownsSocket: true), far, deadline, _service.Plain.Limits);
        var trace = new AccessTrace { Commands = [] };
        var session = CreateSession(request, wire, trace);
        var running = session.RunAsync(cancellationToken);
        using var reader = new StreamReader(client, Encoding.UTF8);
        var dialog = new Dialog(client, reader, trace.Commands, _log);
        await TalkAsync(dialog, request, session, cancellationToken);
        near.Shutdown(SocketShutdown.Both);
        await running;
        return new SmtpdExplanation
        {
            Client = session.Peer.NameAddress,
            ClientName = session.Peer.Name,
            ReverseClientName = session.Peer.ReverseName,
            ClientAddress = request.Client,
            Commands = dialog.Commands,
            Request = _cleanup.Recipients.Count > 0 ? _cleanup.Request : null,
            Recipients = [.. _cleanup.Recipients],
            Edits = [.. _cleanup.Edits],
        };
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private SmtpdSession CreateSession(ExplainRequest request, ClientWire wire, AccessTrace trace)
    {
        var peer = ClientPeer.From(new ConnectionEnds(new IPEndPoint(request.Client, 0), null)) with { Port = "unknown" };
        if (request.ClientName is { } name)
        {
            var status = name == "unknown" ? ClientNameStatus.Permanent : ClientNameStatus.Ok;
            peer = peer with { Name = name, ReverseName = name, NameStatus = status, ReverseNameStatus = status, IsNamed = true };
        }

        var session = new SmtpdSession(_service, _service.Plain, wire, peer);
        session.Access.Trace = trace;
        var subject = session.Subject;
        if (request.Login.Length > 0)
        {
            session.LogIn("PLAIN", request.Login);
        }

        if (request.IsEncrypted || _isWrapped)
        {
            subject.Tls = new TlsParameters { Protocol = "TLSv1.3", Cipher = "TLS_AES_256_GCM_SHA384", CipherBits = 256, AlgorithmBits = 256, IsPeerVerified = request.IsCertificateTrusted };
            subject.CertificateFingerprints = request.CertificateFingerprint.Length > 0 ? [request.CertificateFingerprint, request.CertificateFingerprint] : [];
        }

        return session;
    }

    private static async Task TalkAsync(Dialog dialog, ExplainRequest request, SmtpdSession session, CancellationToken cancellationToken)
    {
        if (!await dialog.ReadGreetingAsync(cancellationToken))
        {
            return;
        }

        var helo = request.Helo ?? (session.Peer.Name != "unknown" ? session.Peer.Name : $"[{session.Peer.MailAddress}]");
        await dialog.SendAsync("EHLO " + helo, cancellationToken);
        var size = request.Size > 0 ? $" SIZE={request.Size}" : "";
        var utf8 = session.Settings.Smtputf8Enable && !(Ascii.IsValid(request.Sender) && request.Recipients.All(static r => Ascii.IsValid(r))) ? " SMTPUTF8" : "";
        if (!await dialog.SendAsync($"MAIL FROM:<{LocalPart.Quote(request.Sender)}>{size}{utf8}", cancellationToken))
        {
            return;
        }

        foreach (var recipient in request.Recipients)
        {
            await dialog.SendAsync($"RCPT TO:<{LocalPart.Quote(recipient)}>", cancellationToken);
        }

        // The session waits for the next command: its own questions about the content can be asked without any.
        if (session.Transaction is { RecipientCount: > 0 } transaction)
        {
            session.Where = "DATA";
            if (dialog.Record("DATA", await session.CheckDataAsync(transaction)))
            {
                dialog.Record("END-OF-MESSAGE", await session.CheckEndOfMessageAsync(transaction, request.Size));
            }
        }
    }

    /// <summary>The client's side, with what the server did meanwhile.</summary>
    private sealed class Dialog(Stream stream, StreamReader reader, List<TracedCommand> traced, MemoryMailLog log)
    {
        private int _tracedBefore;

        public List<ExplainedCommand> Commands { get; } = [];

        public async Task<bool> ReadGreetingAsync(CancellationToken cancellationToken) => Record("CONNECT", await ReadReplyAsync(cancellationToken), always: true);

        /// <summary>False when the server refused.</summary>
        public async Task<bool> SendAsync(string command, CancellationToken cancellationToken)
        {
            // An argument with a line end would be two commands.
            command = command.ReplaceLineEndings("?");
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancellationToken);
            return Record(command, await ReadReplyAsync(cancellationToken), always: true);
        }

        public bool Record(string command, string? reply, bool always = false)
        {
            var steps = new List<ExplainedStep>();
            for (; _tracedBefore < traced.Count; _tracedBefore++)
            {
                steps.AddRange(traced[_tracedBefore].Steps.Select(ToPublic));
            }

            if (always || steps.Count > 0 || reply != null)
            {
                Commands.Add(new ExplainedCommand(command, reply ?? "", steps, log.Take()));
            }

            return reply is null or ['2' or '3', ..];
        }

        private static ExplainedStep ToPublic(AccessTraceStep step) => new(
            step.Kind.ToString().ToLowerInvariant(),
            step.Depth,
            step.Label,
            step.Key,
            step.Result);

        private async Task<string> ReadReplyAsync(CancellationToken cancellationToken)
        {
            var reply = new StringBuilder();
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                reply.Append(reply.Length > 0 ? "\n" : "").Append(line);
                if (line is not [_, _, _, '-', ..])
                {
                    break;
                }
            }

            return reply.ToString();
        }
    }
}
