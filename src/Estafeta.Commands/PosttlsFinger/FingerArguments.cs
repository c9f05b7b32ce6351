using System.Globalization;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Daemons.Smtp;
using Estafeta.Net.Tls;
using Estafeta.Services.Hosting;

namespace Estafeta.Commands.PosttlsFinger;

/// <summary>
/// The options of posttls-finger(1). Most of them are the smtp_tls_ (or lmtp_tls_) parameters under another name, and become those; main.cf's own
/// certificates, CAs and policies do not count.
/// </summary>
internal sealed class FingerArguments
{
    public const string Usage =
        "usage: posttls-finger [-acCfSvw] [-t conn_tmout] [-T cmd_tmout] [-L logopts] \\\n" +
        "\t[-h host_lookup] [-l level] [-d mdalg] [-g grade] [-p protocols] \\\n" +
        "\t[-A tafile] [-F CAfile.pem] [-P CApath/] [-s servername] \\\n" +
        "\t[ [-H chainfiles] | [-k certfile [-K keyfile]] ] \\\n" +
        "\t[-m count] [-r delay] [-o name=value] destination [match ...]\n";

    private const string Letters = "a:A:cCd:fF:g:h:H:k:K:l:L:m:M:o:p:P:r:Rs:St:T:vwxX";

    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal)
    {
        ["tls_CAfile"] = "",
        ["tls_CApath"] = "",
        ["tls_trust_anchor_file"] = "",
        ["tls_chain_files"] = "",
        ["tls_cert_file"] = "",
        ["tls_key_file"] = "",
        ["tls_dcert_file"] = "",
        ["tls_eccert_file"] = "",
        ["tls_policy_maps"] = "",
        ["tls_per_site"] = "",
        ["tls_servername"] = "",
        ["tls_security_level"] = "dane",
        ["tls_protocols"] = ">=TLSv1",
        ["tls_mandatory_protocols"] = ">=TLSv1",
        ["tls_ciphers"] = "medium",
        ["tls_mandatory_ciphers"] = "medium",
        ["tls_wrappermode"] = "no",
        ["tls_enable_rpk"] = "no",
        ["dns_support_level"] = "dnssec",
        ["host_lookup"] = "dns",
        ["address_preference"] = "any",
        ["connect_timeout"] = "30s",
    };

    private readonly List<KeyValuePair<string, string>> _overrides = [];
    private TlsProbeOptions _options = new() { Destination = "" };
    private IReadOnlyList<string> _match = [];
    private string? _missingAnchors;
    private string _insecureMxPolicy = "dane";
    private bool _isWrong;

    public TlsProbeOptions Options => _options;

    public List<string> Warnings { get; } = [];

    /// <summary>Null for a wrong command line, with getopt's complaint if it is getopt's.</summary>
    public static FingerArguments? Parse(IReadOnlyList<string> arguments, out string? complaint)
    {
        var result = new FingerArguments();
        var reader = new OptionReader(arguments, Letters);
        result.SetTimeout("30s");
        while (reader.TryRead(out var option, out var value))
        {
            result.Take(option, value);
        }

        complaint = reader.Error;
        if (reader.Error != null || reader.Operands.Count == 0 || result._isWrong)
        {
            return null;
        }

        result._options = result._options with { Destination = reader.Operands[0] };
        result._match = [.. reader.Operands.Skip(1)];
        return result;
    }

    public ParameterSet LoadParameters()
    {
        if (_settings["tls_chain_files"].Length > 0 && _settings["tls_cert_file"].Length + _settings["tls_key_file"].Length > 0)
        {
            throw new ConfigurationException("When the '-H' option is used, neither the '-k', nor the '-K' options may be used");
        }

        if (_missingAnchors != null)
        {
            throw new ConfigurationException($"Failed to load trust anchor file: {_missingAnchors}");
        }

        if (_match.Count > 0)
        {
            var names = string.Join(_settings["tls_security_level"] == "fingerprint" ? ' ' : ':', _match);
            _settings["tls_verify_cert_match"] = _settings["tls_secure_cert_match"] = _settings["tls_fingerprint_cert_match"] = names;
        }
        else
        {
            _settings["tls_fingerprint_cert_match"] = "";
        }

        if (_settings["tls_cert_file"].Length == 0 && _settings["tls_key_file"].Length > 0)
        {
            _settings["tls_cert_file"] = _settings["tls_key_file"];
        }

        if (_settings["host_lookup"] != "dns")
        {
            _settings["dns_support_level"] = "";
        }

        var prefix = _options.IsLmtp ? "lmtp_" : "smtp_";
        _overrides.Add(new(Parameters.SmtpTlsDaneInsecureMxPolicy.Name, _insecureMxPolicy)); // of both smtp and lmtp
        var parameters = ParameterSet.Load(ConfigurationDirectory.Find()).With(_overrides);
        return parameters.With(_settings.Select(pair => new KeyValuePair<string, string>(prefix + NameOf(pair.Key), pair.Value)));
    }

    private string NameOf(string name) => _options.IsLmtp && name == "helo_timeout" ? "lhlo_timeout" : name;

    private void Take(char option, string value)
    {
        switch (option)
        {
            case 'a':
                _settings["address_preference"] = value is "any" or "ipv4" or "ipv6" ? value : throw new ConfigurationException($"bad '-a' option value: {value}");
                break;
            case 'A':
                Append("tls_trust_anchor_file", value);
                if (_missingAnchors == null && !File.Exists(value))
                {
                    Warnings.Add($"error opening trust anchor file: {value}: No such file or directory");
                    _missingAnchors = value;
                }

                break;
            case 'c':
                _options = _options with { ShowsDialogue = false };
                break;
            case 'C':
                _options = _options with { PrintsChain = true };
                break;
            case 'd':
                _settings["tls_fingerprint_digest"] = value;
                break;
            case 'f':
                _settings["tls_force_insecure_host_tlsa_lookup"] = "yes";
                break;
            case 'F':
                _settings["tls_CAfile"] = value;
                break;
            case 'g':
                _settings["tls_ciphers"] = _settings["tls_mandatory_ciphers"] = value;
                break;
            case 'h':
                _settings["host_lookup"] = WordList.Split(value).Find(static word => word is not ("dns" or "native")) is { } unknown
                    ? throw new ConfigurationException($"unknown -h option value \"{unknown}\" in \"{value}\"")
                    : value;
                break;
            case 'H':
                Append("tls_chain_files", value);
                break;
            case 'k':
                _settings["tls_cert_file"] = value;
                break;
            case 'K':
                _settings["tls_key_file"] = value;
                break;
            case 'l':
                SetLevel(value);
                break;
            case 'L':
                _options = _options with { Log = FingerLog.Parse(value, Warnings) };
                break;
            case 'M':
                _insecureMxPolicy = value is "may" or "encrypt" or "dane" ? value : throw new ConfigurationException($"bad '-M' option value: {value}");
                break;
            case 'o':
                AddOverride(value);
                break;
            case 'p':
                _settings["tls_protocols"] = _settings["tls_mandatory_protocols"] = value;
                break;
            case 'P':
                _settings["tls_CApath"] = value;
                break;
            default:
                TakeRest(option, value);
                break;
        }
    }

    private void TakeRest(char option, string value)
    {
        switch (option)
        {
            case 'm':
                _options = _options with { ReconnectLimit = Number(option, value) };
                break;
            case 'r':
                _options = _options with { ReconnectDelay = TimeSpan.FromSeconds(Number(option, value)) };
                break;
            case 'R':
                _overrides.Add(new("use_srv_lookup", "smtp submission submissions lmtp"));
                break;
            case 's':
                _settings["tls_servername"] = value;
                break;
            case 'S':
                _options = _options with { IsLmtp = true };
                break;
            case 't':
                _settings["connect_timeout"] = Seconds(option, value);
                break;
            case 'T':
                SetTimeout(Seconds(option, value));
                break;
            case 'v':
                _options = _options with { Log = _options.Log | TlsProbeLog.Verbose };
                break;
            case 'w':
                _settings["tls_wrappermode"] = "yes";
                break;
            case 'x':
                _settings["tls_enable_rpk"] = "yes";
                if (TlsLibrary.RawKeyComplaint("-x") is { } complaint)
                {
                    Warnings.Add(complaint);
                }

                break;
            case 'X':
                Warnings.Add("there is no tlsproxy to go through; probing directly");
                break;
        }
    }

    private void SetLevel(string value)
    {
        _settings["tls_security_level"] = value.ToLowerInvariant() is "none" or "may" or "encrypt" or "fingerprint" or "dane" or "dane-only" or "verify" or "secure"
            ? value.ToLowerInvariant()
            : throw new ConfigurationException($"Invalid TLS level \"{value}\"");
    }

    private void SetTimeout(string value)
    {
        foreach (var name in (string[])["helo_timeout", "starttls_timeout", "quit_timeout"])
        {
            _settings[name] = value;
        }
    }

    private void AddOverride(string value)
    {
        var equals = value.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            _isWrong = true;
            return;
        }

        _overrides.Add(new(value[..equals].Trim(), value[(equals + 1)..].Trim()));
    }

    private void Append(string name, string value) => _settings[name] = _settings[name].Length == 0 ? value : $"{_settings[name]}, {value}";

    private static string Seconds(char option, string value) => string.Create(CultureInfo.InvariantCulture, $"{Number(option, value)}s");

    private static int Number(char option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ConfigurationException($"bad '-{option}' option value: {value}");
}
