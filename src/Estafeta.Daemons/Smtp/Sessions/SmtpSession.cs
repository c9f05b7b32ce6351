using Estafeta.Net.Sasl.Client;
using Estafeta.Net.Tls;

namespace Estafeta.Daemons.Smtp;

/// <summary>An established conversation with a server: what it is, what it offers, and how often it has been used.</summary>
internal sealed class SmtpSession(ServerAddress server, SmtpConnection connection, long createdTimestamp) : IAsyncDisposable
{
    public ServerAddress Server => server;

    public SmtpConnection Connection => connection;

    /// <summary>When the connection was made, for smtp_connection_reuse_time_limit.</summary>
    public long CreatedTimestamp => createdTimestamp;

    public EsmtpFeatures Features { get; set; }

    /// <summary>The server's SIZE; 0 when it did not say.</summary>
    public long SizeLimit { get; set; }

    /// <summary>Mechanisms of the AUTH keyword.</summary>
    public string AuthMechanisms { get; set; } = "";

    /// <summary>Workarounds in force for this server.</summary>
    public string PixWorkarounds { get; set; } = "";

    /// <summary>Deliveries over this connection, this one included.</summary>
    public int Uses { get; set; } = 1;

    /// <summary>The last transaction ended early: RSET goes before the next MAIL FROM.</summary>
    public bool NeedsReset { get; set; }

    /// <summary><c>tls=</c> of the log lines.</summary>
    public string TlsStatus { get; set; } = "none";

    /// <summary>The policy demanded a name, key or TLSA record, and the server's certificate has it.</summary>
    public bool IsServerProved { get; set; }

    /// <summary>REQUIRETLS of the message under way.</summary>
    public RequireTlsDemand Demand { get; set; }

    /// <summary>The encrypted stream, when there is one.</summary>
    public TlsStream? Tls { get; private set; }

    /// <summary>The policy the session was made for.</summary>
    public required TlsPolicy Policy { get; init; }

    /// <summary>What deliveries must agree in to share the connection.</summary>
    public string ReuseKey => MakeReuseKey(server, Policy, Credentials);

    /// <summary>Who we are to this server; null without login.</summary>
    public SaslCredentials? Credentials { get; init; }

    public static string MakeReuseKey(ServerAddress server, TlsPolicy policy, SaslCredentials? credentials) =>
        credentials == null ? server.Relay + policy.ReuseKey : $"{server.Relay}{policy.ReuseKey}|user={credentials.Key}";

    /// <summary>Names the TLS session in the resumption cache.</summary>
    public string TlsKey { get; private set; } = "";

    public void StartedTls(TlsStream stream, string key)
    {
        Tls = stream;
        TlsKey = key;
    }

    public bool IsReused => Uses > 1;

    public bool Has(EsmtpFeatures feature) => (Features & feature) != 0;

    /// <summary>Says QUIT if that can be done without waiting, and closes.</summary>
    public void Abandon() => connection.Abandon();

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
