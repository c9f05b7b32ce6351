using System.Globalization;
using Estafeta.Configuration.Lists;
using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Ldap;

internal enum LdapBind
{
    None,
    Simple,
    Sasl,
}

/// <summary>The settings of ldap_table(5) that concern the server and the connection.</summary>
internal sealed record LdapSettings
{
    private const int DefaultConnections = 4;

    /// <summary>URIs separated by blanks, as libldap wants them.</summary>
    public required string Servers { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required int Version { get; init; }

    public required int Dereference { get; init; }

    public required bool ChasesReferrals { get; init; }

    public required int DebugLevel { get; init; }

    public required LdapBind Bind { get; init; }

    public required string BindName { get; init; }

    public required string BindPassword { get; init; }

    public required string? SaslMechanisms { get; init; }

    public required string SaslRealm { get; init; }

    public required string SaslAuthorization { get; init; }

    public required int SaslMinimumStrength { get; init; }

    public required bool StartsTls { get; init; }

    public required bool RequiresCertificate { get; init; }

    /// <summary>TLS options of libldap that are strings: number and value.</summary>
    public required IReadOnlyList<(int Option, string Value)> TlsOptions { get; init; }

    /// <summary>Connections of this process to the server at once: <c>connections</c>, Estafeta's own. Each carries many searches.</summary>
    public required int Connections { get; init; }

    /// <exception cref="TableUnavailableException">A setting is wrong.</exception>
    public static LdapSettings Load(TableParameters parameters, TableRequest request) => new()
    {
        Servers = Uris(parameters.Get("server_host", "localhost"), parameters.GetInteger("server_port", 389, 0, ushort.MaxValue)),
        Timeout = TimeSpan.FromSeconds(parameters.GetInteger("timeout", 10, 0)),
        Version = parameters.GetInteger("version", 3, 2, 3),
        Dereference = parameters.GetInteger("dereference", 0, 0, 3),
        ChasesReferrals = parameters.GetInteger("chase_referrals", 0, 0) != 0,
        DebugLevel = parameters.GetInteger("debuglevel", 0, 0),
        Bind = parameters.Get("bind", "yes").ToLowerInvariant() switch
        {
            "no" or "none" => LdapBind.None,
            "yes" or "simple" => LdapBind.Simple,
            "sasl" => LdapBind.Sasl,
            var other => throw new TableUnavailableException($"{request.Name}: unsupported bind setting: {other}"),
        },
        BindName = parameters.Get("bind_dn", ""),
        BindPassword = parameters.Get("bind_pw", ""),
        SaslMechanisms = parameters.Get("sasl_mechs", "") is { Length: > 0 } mechanisms ? mechanisms : null,
        SaslRealm = parameters.Get("sasl_realm", ""),
        SaslAuthorization = parameters.Get("sasl_authz_id", ""),
        SaslMinimumStrength = parameters.GetInteger("sasl_minssf", 0, 0),
        StartsTls = parameters.GetBoolean("start_tls", false),
        RequiresCertificate = parameters.GetBoolean("tls_require_cert", false),
        TlsOptions = ReadTlsOptions(parameters),
        Connections = parameters.GetInteger("connections", DefaultConnections, 1, 1000),
    };

    private static List<(int Option, string Value)> ReadTlsOptions(TableParameters parameters)
    {
        var options = new List<(int, string)>();
        Add("tls_ca_cert_dir", LdapLibrary.OptionAuthorityDirectory);
        Add("tls_ca_cert_file", LdapLibrary.OptionAuthorityFile);
        Add("tls_cert", LdapLibrary.OptionCertificateFile);
        Add("tls_key", LdapLibrary.OptionKeyFile);
        Add("tls_random_file", LdapLibrary.OptionRandomFile);
        Add("tls_cipher_suite", LdapLibrary.OptionCipherSuite);
        return options;

        void Add(string name, int option)
        {
            if (parameters.Get(name, "") is { Length: > 0 } value)
            {
                options.Add((option, value));
            }
        }
    }

    private static string Uris(string hosts, int port)
    {
        var uris = new List<string>();
        foreach (var host in WordList.Split(hosts))
        {
            var hasPort = host.LastIndexOf(':') > host.LastIndexOf(']');
            uris.Add(host.Contains("://", StringComparison.Ordinal) ? host
                : hasPort ? $"ldap://{host}"
                : string.Create(CultureInfo.InvariantCulture, $"ldap://{host}:{port}"));
        }

        return string.Join(' ', uris);
    }
}
