using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postconf.Edit;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postfix.Tls;

/// <summary>
/// <c>postfix tls</c> (postfix-tls(1)): opportunistic TLS at a word, keys and certificates of the server, certificate requests and TLSA records. Keys and
/// certificates are openssl(1)'s work (openssl_path), as with Postfix.
/// </summary>
internal sealed class TlsCommand(ParameterSet parameters, IMailLog log, TextWriter output, TimeProvider time)
{
    private const string UsageText =
        "usage: postfix tls enable-client|enable-server|new-server-key|new-server-cert|deploy-server-cert|output-server-csr|output-server-tlsa|all-default-client|all-default-server";

    private readonly ServerKeys _keys = new(parameters, time);

    /// <returns>Exit status.</returns>
    public int Run(IReadOnlyList<string> arguments)
    {
        try
        {
            return Dispatch(arguments.Count > 0 ? arguments[0] : "", [.. arguments.Skip(1)]);
        }
        catch (CommandException e)
        {
            log.Write(LogSeverity.Fatal, e.Message);
            return e.ExitCode;
        }
    }

    private int Dispatch(string subcommand, IReadOnlyList<string> arguments) => subcommand switch
    {
        "enable-client" => EnableClient(new TlsArguments(arguments, "r:")),
        "enable-server" => EnableServer(new TlsArguments(arguments, "r:a:b:")),
        "new-server-key" => Make(new TlsArguments(arguments, "a:b:"), keepsKey: false),
        "new-server-cert" => Make(new TlsArguments(arguments, "a:b:"), keepsKey: true),
        "deploy-server-cert" => Deploy(new TlsArguments(arguments, "")),
        "output-server-csr" => OutputRequest(new TlsArguments(arguments, "k:")),
        "output-server-tlsa" => OutputTlsa(new TlsArguments(arguments, "h:")),
        "all-default-client" => TlsDefaults.AreClients(parameters) ? 0 : 1,
        "all-default-server" => TlsDefaults.AreServers(parameters) ? 0 : 1,
        _ => throw new CommandException(subcommand.Length == 0 ? UsageText : $"unknown tls command: '{subcommand}'. {UsageText}"),
    };

    private int EnableClient(TlsArguments arguments)
    {
        var settings = new List<string> { "smtp_tls_security_level = may", "smtp_tls_loglevel = 1" };
        AddCache(settings, Parameters.SmtpTlsSessionCacheDatabase, "smtp_scache");
        AddRandomSource(settings, arguments);
        if (!TlsDefaults.AreClients(parameters))
        {
            Suggest("client", settings);
            return 0;
        }

        Set(settings);
        log.Info("TLS is enabled in the SMTP client; run: postfix reload");
        return 0;
    }

    private int EnableServer(TlsArguments arguments)
    {
        var isDefault = TlsDefaults.AreServers(parameters);
        var settings = new List<string> { "smtpd_tls_security_level = may", "smtpd_tls_received_header = yes", "smtpd_tls_loglevel = 1" };
        AddRandomSource(settings, arguments);
        if (!isDefault)
        {
            Suggest("server", settings);
            return 0;
        }

        var pair = _keys.Make(arguments, keepsKey: false);
        settings.AddRange(ServerKeys.SettingsOf(pair));
        Set(settings);
        log.Info("TLS is enabled in the SMTP server; run: postfix reload");
        return 0;
    }

    private int Make(TlsArguments arguments, bool keepsKey)
    {
        var pair = _keys.Make(arguments, keepsKey);
        log.Info($"New private key and self-signed certificate: key file {pair.Key}, certificate file {pair.Certificate}");
        log.Info($"To deploy them: postfix tls deploy-server-cert {pair.Certificate} {pair.Key}");
        log.Info($"For a certificate request: postfix tls output-server-csr -k {pair.Key}");
        log.Info($"For DANE TLSA records, to be published before: postfix tls output-server-tlsa {pair.Key}");
        return 0;
    }

    private int Deploy(TlsArguments arguments)
    {
        if (arguments.Operands is not [var certificate, var key])
        {
            throw new CommandException("usage: postfix tls deploy-server-cert certfile keyfile");
        }

        Set(ServerKeys.SettingsOf(_keys.Check(certificate, key)));
        log.Info("the certificate is deployed; running daemons take it by themselves, or at: postfix reload");
        return 0;
    }

    private int OutputRequest(TlsArguments arguments)
    {
        output.Write(_keys.Request(arguments.Find('k') ?? "rsa", arguments.HostNames(parameters)));
        return 0;
    }

    private int OutputTlsa(TlsArguments arguments)
    {
        var host = arguments.Find('h') ?? parameters.Get(Parameters.Myhostname);
        var files = arguments.Operands.Count > 0 ? arguments.Operands : ["rsa", "ecdsa"];
        foreach (var file in files)
        {
            if (_keys.Locate(file) is { } path)
            {
                output.Write($"; {path}\n_25._tcp.{host}. IN TLSA 3 1 1 {_keys.PublicKeyDigest(path)}\n");
            }
        }

        return 0;
    }

    private void AddCache(List<string> settings, StringParameter parameter, string name)
    {
        if (!parameters.IsSet(parameter))
        {
            settings.Add($"{parameter.Name} = {parameters.Get(Parameters.DefaultDatabaseType)}:{parameters.Get(Parameters.DataDirectory)}/{name}");
        }
    }

    private static void AddRandomSource(List<string> settings, TlsArguments arguments)
    {
        if (arguments.Find('r') is { } source)
        {
            settings.Add($"tls_random_source = {(source.StartsWith('/') ? "dev:" + source : source)}");
        }
    }

    private void Suggest(string side, IEnumerable<string> settings)
    {
        log.Info($"TLS settings of the SMTP {side} are not all at their default values; nothing is changed. Consider:");
        foreach (var setting in settings)
        {
            log.Info($"  postconf -e '{setting}'");
        }
    }

    private void Set(IEnumerable<string> settings) => ConfigurationEdit.SetMain(parameters.ConfigDirectory, settings);
}
