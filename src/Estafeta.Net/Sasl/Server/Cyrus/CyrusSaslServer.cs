using System.Runtime.InteropServices;
using System.Text;

namespace Estafeta.Net.Sasl.Server.Cyrus;

/// <summary>
/// smtpd_sasl_type = cyrus with libsasl2 and its plug-ins: sasldb, SQL, LDAP, Kerberos. The library blocks while it asks them: a bounded number of calls
/// at once, on threads of their own (<see cref="CyrusMutex"/>). Where only saslauthd is asked it is not needed (<see cref="BuiltIn.SaslauthdCredentials"/>).
/// </summary>
public sealed class CyrusSaslServer : ISaslServer
{
    private const int AtOnce = 16;

    // The library's state is the process's.
    private static readonly Lock s_initialization = new();
    private static readonly SemaphoreSlim s_places = new(AtOnce);
    private static bool s_isInitialized;

    private readonly string _hostName;
    private readonly string _realm;
    private IReadOnlyList<SaslMechanism>? _mechanisms;

    private CyrusSaslServer(string hostName, string realm) => (_hostName, _realm) = (hostName, realm);

    public static bool IsAvailable => CyrusLibrary.IsAvailable;

    /// <param name="application">smtpd_sasl_path: the name of the configuration file, without <c>.conf</c>.</param>
    /// <param name="directories">Where it is looked for, separated by colons.</param>
    /// <param name="hostName">Our name, for mechanisms that bind to it.</param>
    /// <param name="realm">smtpd_sasl_local_domain.</param>
    /// <exception cref="IOException">The library does not start.</exception>
    public static CyrusSaslServer Create(string application, string directories, string hostName, string realm)
    {
        lock (s_initialization)
        {
            if (!s_isInitialized)
            {
                CyrusMutex.Provide();
                _ = CyrusLibrary.SetPath(CyrusLibrary.PathOfConfiguration, directories);
                var status = CyrusLibrary.Initialize(0, application);
                s_isInitialized = status == CyrusLibrary.Ok
                    ? true
                    : throw new IOException($"SASL per-process initialization failed: {Describe(status)}");
            }
        }

        return new CyrusSaslServer(hostName, realm);
    }

    // What the plug-ins can do was found when they were loaded; no session changes it, and nobody is asked.
    public ValueTask<IReadOnlyList<SaslMechanism>> GetMechanismsAsync(CancellationToken cancellationToken)
    {
        if (_mechanisms == null)
        {
            using var connection = Open(new SaslSession());
            _mechanisms = [.. connection.Mechanisms().Select(static name => new SaslMechanism(name, CyrusMechanisms.Properties(name)))];
        }

        return ValueTask.FromResult(_mechanisms);
    }

    public SaslExchange Begin(string mechanism, SaslSession session) => new Exchange(this, mechanism, session);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal static string Describe(int status) => Marshal.PtrToStringUTF8(CyrusLibrary.ErrorText(status, 0, 0)) ?? $"error {status}";

    private CyrusConnection Open(SaslSession session) => new(_hostName, _realm, session);

    private sealed class Exchange(CyrusSaslServer server, string mechanism, SaslSession session) : SaslExchange
    {
        private CyrusConnection? _connection;

        public override ValueTask<SaslStep> StartAsync(string? initialResponse, CancellationToken cancellationToken) =>
            StepAsync(initialResponse, isFirst: true, cancellationToken);

        public override ValueTask<SaslStep> ContinueAsync(string response, CancellationToken cancellationToken) =>
            StepAsync(response, isFirst: false, cancellationToken);

        public override ValueTask DisposeAsync()
        {
            _connection?.Dispose();
            return ValueTask.CompletedTask;
        }

        private async ValueTask<SaslStep> StepAsync(string? encoded, bool isFirst, CancellationToken cancellationToken)
        {
            byte[]? octets = null;
            if (encoded != null && !SaslBase64.TryDecode(encoded, out octets))
            {
                return SaslBase64.Malformed;
            }

            await s_places.WaitAsync(cancellationToken);
            try
            {
                return await Task.Factory.StartNew(() => Step(octets, isFirst), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            finally
            {
                s_places.Release();
            }
        }

        private SaslStep Step(byte[]? octets, bool isFirst)
        {
            _connection ??= server.Open(session);
            return Read(isFirst ? _connection.Start(mechanism, octets) : _connection.Step(octets ?? []));
        }

        private SaslStep Read((int Status, byte[] Output) result) => result.Status switch
        {
            CyrusLibrary.Continue => new SaslStep(SaslOutcome.Continue, Convert.ToBase64String(result.Output)),
            CyrusLibrary.Ok when _connection!.UserName() is { } user && Encoding.UTF8.GetString(user) is var name && !name.Any(char.IsControl) =>
                new SaslStep(SaslOutcome.Succeeded, name),
            var status when status == CyrusLibrary.Ok || CyrusLibrary.Refusals.Contains(status) =>
                new SaslStep(SaslOutcome.Failed, "authentication failure"),
            var status => throw new IOException($"SASL {mechanism}: {Describe(status)}"),
        };
    }
}
