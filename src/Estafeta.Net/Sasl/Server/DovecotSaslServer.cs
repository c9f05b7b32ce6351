using System.Globalization;
using System.Text;
using Estafeta.Configuration.Interfaces;

namespace Estafeta.Net.Sasl.Server;

/// <summary>
/// smtpd_sasl_type = dovecot: Dovecot's auth socket, client protocol version 1.3 (with channel bindings; older servers ignore the minor
/// number and offer none). All sessions of the process share one connection;
/// Dovecot tells their requests apart by number. A lost connection is made again once per request.
/// </summary>
public sealed class DovecotSaslServer(string path, TcpServices services, TimeProvider time) : ISaslServer
{
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private DovecotConnection? _connection;

    public async ValueTask<IReadOnlyList<SaslMechanism>> GetMechanismsAsync(CancellationToken cancellationToken) =>
        (await ConnectAsync(cancellationToken)).Mechanisms;

    public SaslExchange Begin(string mechanism, SaslSession session) => new Exchange(this, mechanism, session);

    public async ValueTask DisposeAsync()
    {
        if (_connection != null)
        {
            await _connection.DisposeAsync();
        }

        _connecting.Dispose();
    }

    private async ValueTask<DovecotConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_connection is { IsOpen: true } open)
        {
            return open;
        }

        await _connecting.WaitAsync(cancellationToken);
        try
        {
            if (_connection is { IsOpen: true } meanwhile)
            {
                return meanwhile;
            }

            if (_connection != null)
            {
                await _connection.DisposeAsync();
            }

            return _connection = await DovecotConnection.OpenAsync(path, services, time, cancellationToken);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private static SaslStep Interpret(string[] reply)
    {
        switch (reply[0])
        {
            case "CONT" when reply.Length > 2:
                return new SaslStep(SaslOutcome.Continue, reply[2]);
            case "OK":
                var user = Value(reply, "user=");
                return string.IsNullOrEmpty(user)
                    ? new SaslStep(SaslOutcome.TemporaryFailure, "authentication server named no user")
                    : new SaslStep(SaslOutcome.Succeeded, user);
            case "FAIL":
                var isTemporary = reply.Contains("temp") || Value(reply, "code=") == "temp_fail";
                return new SaslStep(isTemporary ? SaslOutcome.TemporaryFailure : SaslOutcome.Failed, Value(reply, "reason=") ?? "", Value(reply, "user="));
            default:
                return new SaslStep(SaslOutcome.TemporaryFailure, "malformed reply from the authentication server");
        }
    }

    private static string? Value(string[] reply, string key) =>
        reply.FirstOrDefault(f => f.StartsWith(key, StringComparison.Ordinal))?[key.Length..];

    private sealed class Exchange(DovecotSaslServer server, string mechanism, SaslSession session) : SaslExchange
    {
        private DovecotConnection? _connection;
        private uint _id;
        private bool _asksBinding;

        public override async ValueTask<SaslStep> StartAsync(string? initialResponse, CancellationToken cancellationToken)
        {
            if (initialResponse != null && !SaslBase64.IsBase64(initialResponse))
            {
                return SaslBase64.MalformedInitialResponse;
            }

            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    _connection = await server.ConnectAsync(cancellationToken);
                    _id = _connection.NextId();
                    return Take(await _connection.AskAsync(_id, AuthCommand(initialResponse), cancellationToken));
                }
                catch (IOException) when (attempt == 1)
                {
                    // Dovecot restarted while the connection was idle; nothing was decided yet.
                }
            }
        }

        public override async ValueTask<SaslStep> ContinueAsync(string response, CancellationToken cancellationToken)
        {
            if (!SaslBase64.IsBase64(response))
            {
                return SaslBase64.Malformed;
            }

            var binding = _asksBinding ? $"\tchannel_binding={Convert.ToBase64String(session.ChannelBinding!)}" : ""; // asked of a session that has one
            return Take(await _connection!.AskAsync(_id, string.Create(CultureInfo.InvariantCulture, $"CONT\t{_id}\t{response}{binding}\n"), cancellationToken));
        }

        // With its challenge Dovecot asks for the binding that the client said it uses; the answer goes with the client's.
        private SaslStep Take(string[] reply)
        {
            const string Exporter = "tls-exporter";
            var asked = reply[0] == "CONT" ? Value(reply, "channel_binding=") : null;
            if (asked != null && (asked != Exporter || session.ChannelBinding == null))
            {
                return new SaslStep(SaslOutcome.Failed, $"channel binding {asked} is not available");
            }

            _asksBinding = asked != null;
            return Interpret(reply);
        }

        // Dovecot forgets an unfinished request by itself; there is no command to cancel one in version 1.0.
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private string AuthCommand(string? initialResponse)
        {
            var command = new StringBuilder();
            command.Append(CultureInfo.InvariantCulture, $"AUTH\t{_id}\t{mechanism}\tservice={session.Service}\tnologin");
            Append(command, "lip=", session.ServerAddress);
            Append(command, "rip=", session.ClientAddress);
            if (session.ClientPort > 0)
            {
                command.Append(CultureInfo.InvariantCulture, $"\trport={session.ClientPort}");
            }

            if (session.IsEncrypted)
            {
                command.Append("\tsecured");
            }

            // resp= ends the line whatever it holds, so it must be the last field.
            if (initialResponse != null)
            {
                command.Append("\tresp=").Append(initialResponse.Length == 0 ? "=" : initialResponse);
            }

            return command.Append('\n').ToString();
        }

        private static void Append(StringBuilder command, string key, string value)
        {
            if (value.Length > 0)
            {
                command.Append('\t').Append(key).Append(value);
            }
        }
    }
}
