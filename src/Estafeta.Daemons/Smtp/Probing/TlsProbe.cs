using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Net.Dns;
using Estafeta.Net.Tls;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// posttls-finger(1): goes to a server as the SMTP client would and tells what TLS there is like. Uses the client's own look-ups and judgement,
/// so that it answers for the client. Delivers nothing.
/// </summary>
public sealed class TlsProbe : IDisposable
{
    private readonly TlsProbeOptions _options;
    private readonly ParameterSet _parameters;
    private readonly IMailLog _log;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly DnsResolver _resolver;
    private readonly RoutingSettings _routing;
    private readonly ClientTlsSettings _tls;
    private readonly SmtpTimeouts _timeouts;
    private readonly ClientTlsContexts _contexts;
    private readonly Dictionary<string, TlsResumption> _sessions = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="parameters">With what the options make of the smtp_tls_ (or lmtp_tls_) parameters.</param>
    /// <param name="resolver">Stays the caller's.</param>
    /// <param name="output">For certificates.</param>
    public TlsProbe(TlsProbeOptions options, ParameterSet parameters, DnsResolver resolver, IMailLog log, TextWriter output, TimeProvider time)
    {
        var p = new SmtpParameters(parameters, options.IsLmtp);
        (_options, _parameters, _resolver, _log, _output, _time) = (options, parameters, resolver, log, output, time);
        _routing = RoutingSettings.Load(parameters, options.IsLmtp) with { OwnAddresses = new HashSet<IPAddress>() };
        _tls = ClientTlsSettings.Load(p);
        _timeouts = SmtpTimeouts.Load(p);
        _contexts = new ClientTlsContexts(_tls, p.Name(Parameters.SmtpTlsMandatoryProtocols, Parameters.LmtpTlsMandatoryProtocols), log, time);
    }

    public void Dispose()
    {
        foreach (var session in _sessions.Values)
        {
            session.Dispose();
        }

        _contexts.Dispose();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var services = TcpServices.Load(_parameters);
        var destination = Destination.Parse(_options.Destination, _routing, services, out var error);
        if (destination == null)
        {
            throw new ConfigurationException(error);
        }

        for (var left = _options.ReconnectDelay > TimeSpan.Zero ? _options.ReconnectLimit : 0; ; left--)
        {
            var known = _sessions.Count;
            var wasResumed = await ProbeOnceAsync(destination, cancellationToken);
            if (_options.ReconnectDelay == TimeSpan.Zero || wasResumed == null || _sessions.Count == 0)
            {
                return;
            }

            if (known == _sessions.Count)
            {
                _log.Info("Found a previously used server.  Done reconnecting.");
                return;
            }

            if (left == 0)
            {
                return;
            }

            _log.Info(string.Create(CultureInfo.InvariantCulture, $"Reconnecting after {(long)_options.ReconnectDelay.TotalSeconds} seconds"));
            await Task.Delay(_options.ReconnectDelay, _time, cancellationToken);
        }
    }

    /// <returns>Whether the session was resumed; null when there was no TLS.</returns>
    private async Task<bool?> ProbeOnceAsync(Destination destination, CancellationToken cancellationToken)
    {
        var finder = new ServerFinder(_routing, _resolver, new DnsReplyFilter(MapList.Empty), new NativeNames(new HostsFile(_time)), _log);
        var lookup = destination.SocketPath != null
            ? new ServerLookup([new ServerAddress(_parameters.Get(Parameters.Myhostname), null) { SocketPath = destination.SocketPath }], null)
            : await finder.FindAsync(destination, cancellationToken);
        if (lookup.Failure is { } failure)
        {
            _log.Info($"Destination address lookup failed: {failure.Status.Reason}");
            return null;
        }

        var reason = "";
        foreach (var server in lookup.Servers)
        {
            var (policy, unfit) = await FindPolicyAsync(destination, lookup, server, cancellationToken);
            if (policy == null)
            {
                _log.Info($"{server.Relay}: {unfit?.Status.Reason}");
                continue;
            }

            try
            {
                using var socket = await ConnectAsync(server, cancellationToken);
                return await TalkAsync(socket, server, policy, cancellationToken);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                reason = e is SocketException refusal
                    ? $"connect to {server.Relay}: {ConnectFailure.Describe(refusal, server.EndPoint?.AddressFamily ?? AddressFamily.Unix)}"
                    : $"{server.Relay}: {e.Message}";
                var way = server.EndPoint == null ? "" : $" via {server.HostName}";
                _log.Info($"Failed to establish session to {_options.Destination}{way}: {reason}");
            }
        }

        return null;
    }

    // Without usable TLSA records there is nothing to look at in opportunistic TLS: the certificate is held against the names.
    private async ValueTask<(TlsPolicy? Policy, SessionFailure? Failure)> FindPolicyAsync(
        Destination destination, ServerLookup lookup, ServerAddress server, CancellationToken cancellationToken)
    {
        var dane = _routing is { UsesDnssec: true, LooksInDns: true, LooksNatively: false } ? new DaneLookup(_tls, _resolver, _log) : null;
        var found = _tls.Level.IsDane() && dane == null
            ? (null, null)
            : await Finder(_tls, dane).FindAsync(destination, lookup, server, false, cancellationToken);
        return _tls.Level.IsDane() && found.Policy is null or { Tlsa.Count: 0 } && found.Failure?.Status.Reason.Contains("lookup error", StringComparison.Ordinal) != true
            ? await Finder(_tls with { Level = TlsLevel.Secure }, null).FindAsync(destination, lookup, server, false, cancellationToken)
            : found;
    }

    private TlsPolicyFinder Finder(ClientTlsSettings settings, DaneLookup? dane) => new(settings, MapList.Empty, MapList.Empty, dane, null, null, _log) { NeedsNoFingerprints = true };

    private async Task<Socket> ConnectAsync(ServerAddress server, CancellationToken cancellationToken)
    {
        var socket = server.EndPoint == null
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(server.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(_timeouts.Connect, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(server.EndPoint ?? (EndPoint)new UnixDomainSocketEndPoint(server.SocketPath ?? ""), either.Token);
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            throw;
        }

        if (_options.ShowsDialogue)
        {
            _log.Info($"Connected to {server.Relay}");
        }

        return socket;
    }

    private async Task<bool?> TalkAsync(Socket socket, ServerAddress server, TlsPolicy policy, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(socket);
        var talk = new ProbeConversation(stream, _options.ShowsDialogue ? _log : null, _time);
        var hello = $"{(_options.IsLmtp ? "LHLO" : "EHLO")} {_parameters.Get(Parameters.Myhostname)}";
        TlsStream? tls = null;
        try
        {
            if (_tls.IsWrapped)
            {
                tls = await EncryptAsync(talk, server, policy, "", cancellationToken);
            }

            if ((_tls.IsWrapped && tls == null) || await talk.ReadAsync(_timeouts.Connect, cancellationToken) is { Code: not (>= 200 and < 300) })
            {
                return null;
            }

            var reply = await talk.CommandAsync(hello, _timeouts.Helo, cancellationToken);
            var offers = reply.Code == 250 && reply.Lines.Any(static line => line.Length > 4 && line.AsSpan(4).Trim().Equals("STARTTLS", StringComparison.OrdinalIgnoreCase));
            if (tls == null && policy.Level != TlsLevel.None && !offers)
            {
                _log.Info($"{server.Relay} did not offer STARTTLS");
            }
            else if (tls == null && policy.Level != TlsLevel.None && (await talk.CommandAsync("STARTTLS", _timeouts.StartTls, cancellationToken)).Code / 100 == 2)
            {
                tls = await EncryptAsync(talk, server, policy, ServerName(reply.Lines[0]), cancellationToken);
                if (tls == null)
                {
                    return null;
                }

                reply = await talk.CommandAsync(hello, _timeouts.Helo, cancellationToken);
            }

            await talk.CommandAsync("QUIT", _timeouts.Quit, cancellationToken);
            if (tls != null)
            {
                Keep(ServerName(reply.Lines[0]), tls);
            }

            return tls?.Negotiated.IsResumed;
        }
        finally
        {
            if (tls != null)
            {
                await tls.DisposeAsync();
            }
        }
    }

    private static string ServerName(string ehloReply) => ehloReply.Length > 4 ? ehloReply[4..].Split(' ')[0] : "";

    private async Task<TlsStream?> EncryptAsync(ProbeConversation talk, ServerAddress server, TlsPolicy policy, string name, CancellationToken cancellationToken)
    {
        if (TlsStarter.Objection(policy) is { } objection)
        {
            _log.Warning($"{server.Relay}: {objection}");
            return null;
        }

        if (_contexts.Find(policy) is not { } context)
        {
            return null;
        }

        if (_options.Log.HasFlag(TlsProbeLog.Verbose))
        {
            _log.Info("initializing the client-side TLS engine");
            _log.Info($"setting up TLS connection to {server.Relay}");
            _log.Info($"{server.Relay}: TLS cipher list \"{_contexts.CipherList(policy)}\"");
        }

        using var deadline = new CancellationTokenSource(_timeouts.StartTls, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var options = TlsStarter.Options(policy, TakeSession(server, policy, name), _tls) with
            {
                Trace = _options.Log.HasFlag(TlsProbeLog.Steps) ? _log.Info : null,
            };
            var tls = await TlsStream.ConnectAsync(talk.Stream, context, options, either.Token);
            talk.Swap(tls);
            await ReportAsync(tls, server, policy);
            return tls;
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _log.Info($"SSL_connect error to {server.Relay}: {(e is TlsException ? "-1" : e is OperationCanceledException ? "Connection timed out" : "lost connection")}");
            foreach (var line in (e as TlsException)?.Errors ?? [])
            {
                _log.Warning($"TLS library problem: {line}");
            }

            return null;
        }
    }

    private TlsResumption? TakeSession(ServerAddress server, TlsPolicy policy, string name)
    {
        if (_sessions.Count == 0)
        {
            return null;
        }

        var key = $"[{server.HostName}]:{server.EndPoint?.Port}&{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name + policy.ReuseKey)))}";
        _log.Info($"looking for session {key} in memory cache");
        var session = _sessions.GetValueOrDefault(name) ?? (_tls.IsWrapped ? _sessions.Values.FirstOrDefault() : null);
        if (session != null)
        {
            _log.Info($"reloaded session {key} from memory cache");
        }

        return session;
    }

    private void Keep(string name, TlsStream tls)
    {
        if (_options.ReconnectDelay > TimeSpan.Zero && tls.TakeResumption() is { } resumption)
        {
            if (_sessions.Remove(name, out var old))
            {
                old.Dispose();
            }

            _sessions[name] = resumption;
        }
    }

    private async ValueTask ReportAsync(TlsStream tls, ServerAddress server, TlsPolicy policy)
    {
        var negotiated = tls.Negotiated;
        var verdict = TlsVerdict.Judge(negotiated, policy, _tls.FingerprintDigest);
        if (negotiated.IsResumed)
        {
            _log.Info($"{server.Relay}: Reusing old session");
        }
        else
        {
            Describe(negotiated, verdict, server, policy);
        }

        if (_options.Log.HasFlag(TlsProbeLog.Summary))
        {
            _log.Info($"{verdict.Word} TLS connection established to {server.Relay}: {negotiated.Summary}");
        }

        if (negotiated.PeerCertificate == null)
        {
            _log.Info("Server is anonymous");
        }

        if (_options.PrintsChain && !negotiated.IsResumed)
        {
            await _output.WriteAsync(CertificateText.Format(tls.PeerChain(), _tls.FingerprintDigest));
        }
    }

    private void Describe(TlsParameters negotiated, TlsVerdict verdict, ServerAddress server, TlsPolicy policy)
    {
        if (policy.Level.RequiresMatch() && !verdict.IsMatched)
        {
            _log.Info(policy.Level == TlsLevel.Fingerprint
                ? $"server certificate verification failed for {server.Relay}: num=1:unspecified certificate verification error"
                : verdict.Complaint(server.Relay) ?? $"server certificate verification failed for {server.Relay}");
        }
        else if (_options.Log.HasFlag(TlsProbeLog.Match))
        {
            foreach (var line in verdict.Evidence(server.Relay))
            {
                _log.Info(line);
            }
        }

        if ((_options.Log & (TlsProbeLog.Match | TlsProbeLog.Certificate)) != 0 && negotiated.PeerCertificate is { } certificate)
        {
            _log.Info($"{server.Relay}: {certificate.Describe(_tls.FingerprintDigest)}");
        }
    }
}
